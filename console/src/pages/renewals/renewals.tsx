import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router-dom';

import { segment } from '~/api/client';
import type { Renewal, RenewalLine } from '~/api/types';
import { Confirm } from '~/parts/confirm';
import { RotateIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { Notice } from '~/parts/notice';
import { Page } from '~/parts/page';
import { Failed, NotForRole, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { Ago } from '~/parts/time';
import { useMay } from '~/session/session';

import { Items } from './items';
import { type Plan, planQuery, renewalsQuery } from './queries';
import classes from './renewals.module.css';
import { useRenewalDeed } from './use_renewal_deed';
import { renewalWords } from './words';

function Earlier({ renewals }: { renewals: RenewalLine[] }) {
  if (renewals.length === 0) return null;
  return (
    <section aria-labelledby="earlier" className={classes.part}>
      <h2 id="earlier">Plans so far</h2>
      <ul className={`${list.list} ${classes.columns}`}>
        {renewals.map((one) => (
          <li key={one.id} className={list.row}>
            <div className={list.main}>
              <Link className={list.name} to={`/renewals/${one.id}`}>
                Plan {one.id}
              </Link>
              <div className={list.faint}>
                {one.kinds.length > 0 ? one.kinds.join(', ').replaceAll('_', ' ') : 'Everything'}
              </div>
            </div>
            <div>
              <Tag tone={renewalWords[one.state].tone}>{renewalWords[one.state].label}</Tag>
            </div>
            <div className={list.faint}>
              <Ago at={one.created} /> by <bdi>{one.asked_by?.name}</bdi>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Start({ plan, open }: { plan: Plan; open: RenewalLine | undefined }) {
  const may = [useMay('change_connections'), useMay('manage_users')].every(Boolean);
  const [asking, setAsking] = useState(false);
  const { busy, act } = useRenewalDeed();
  const go = useNavigate();
  const answer = async (yes: boolean) => {
    if (!yes) return setAsking(false);
    const made = await act<Renewal>('/renewals', {});
    if (made && made.state === 'ready') await act<Renewal>(`/renewals/${segment(made.id)}/start`);
    setAsking(false);
    if (made) void go(`/renewals/${made.id}`);
  };
  if (open) {
    return (
      <Notice
        kind="warn"
        title="A plan is open"
        actions={
          <Button size="xs" component={Link} to={`/renewals/${open.id}`}>
            To the plan
          </Button>
        }
      >
        One plan at a time: finish it, or end it.
      </Notice>
    );
  }
  if (!may) return <Notice title="You may look at the plan, not start it">Starting it is for administrators.</Notice>;
  return (
    <>
      <Button leftSection={<RotateIcon size={16} />} onClick={() => setAsking(true)}>
        {plan.needs_approval ? 'Ask for approval' : 'Renew everything now'}
      </Button>
      <Confirm
        opened={asking}
        title="Renew everything?"
        yes={plan.needs_approval ? 'Ask for approval' : 'Renew everything'}
        danger
        busy={busy}
        onAnswer={answer}
      >
        <p>
          {plan.items.filter((one) => one.way !== 'stays').length} secrets are gone through in this order. Service
          accounts get new passwords while the products go on; API tokens are revoked, and whatever uses them is refused
          until it has a new one; everybody is signed out at the end, you too.
        </p>
        {plan.needs_approval && <p>Another administrator must approve the plan before it starts.</p>}
      </Confirm>
    </>
  );
}

const head = {
  title: 'Renew everything',
  lead: 'After a suspected breach: every secret, by one plan, in an order that keeps a thief out; with a report to keep.',
};

/** After a suspected breach: what would be renewed, in its order, and the one button that does it. */
function Plans() {
  const mayLook = useMay('change_connections');
  const { data: plan, error, refetch } = useQuery({ ...planQuery, enabled: mayLook });
  const renewals = useQuery(renewalsQuery);
  const open = renewals.data?.find((one) => one.ended === null);
  return (
    <Page {...head} back={{ to: '/secrets', label: 'Secrets' }} wide>
      {plan ? (
        <>
          <div className={classes.start}>
            <Start plan={plan} open={open} />
          </div>
          <section aria-labelledby="plan" className={classes.part}>
            <h2 id="plan">What would be done</h2>
            <Items items={plan.items} planned />
          </section>
        </>
      ) : !mayLook ? (
        <Notice title="You may look at plans, not make one">Making one is for administrators.</Notice>
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
      <Earlier renewals={renewals.data ?? []} />
    </Page>
  );
}

export function Renewals() {
  if (useMay('see_keys')) return <Plans />;
  return (
    <Page {...head}>
      <NotForRole />
    </Page>
  );
}
