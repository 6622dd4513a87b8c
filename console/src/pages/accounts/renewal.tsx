import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import type { AccountDetail, RotationPlan } from '~/api/types';
import { Notice } from '~/parts/notice';
import { said } from '~/parts/said';
import { Failed, RowsLoading } from '~/parts/states';
import { Ago, Exact } from '~/parts/time';
import { planQuery } from '~/rotations/queries';
import { Starter } from '~/rotations/starter';
import { capital } from '~/runs/step_words';
import { Remedy } from '~/runs/remedy';
import { useMay } from '~/session/session';

import { planWords, RenewalForm } from './renewal_form';
import classes from './renewal.module.css';
import { useAround } from './use_around';
import { usePlan } from './use_plan';

function Moment({ at }: { at: string }) {
  return (
    <>
      <Exact at={at} /> (<Ago at={at} />)
    </>
  );
}

function nextOf({ next, every_days: everyDays }: RotationPlan): ReactNode {
  if (everyDays === 0) return 'only when somebody asks';
  if (!next) return 'not before a password of it has signed in, and while it is disabled';
  if (next.by_person) {
    return (
      <>
        by a person, at the latest <Moment at={next.deadline} />
      </>
    );
  }
  return <Moment at={next.due} />;
}

function expiryOf({ password_expires: expires, password_expires_read: read }: RotationPlan): ReactNode {
  if (!read) return 'not known: its directory was not asked yet';
  return expires ? <Moment at={expires} /> : 'never';
}

/** When it is its turn, and until when the directory lets the password live. */
export function RenewalFacts({ plan }: { plan: RotationPlan }) {
  const { next } = plan;
  return (
    <>
      <dl className={classes.facts}>
        <div>
          <dt>Next renewal</dt>
          <dd>{nextOf(plan)}</dd>
        </div>
        {next && !next.by_person && (
          <div>
            <dt>At the latest</dt>
            <dd>
              <Moment at={next.deadline} />
              {next.by_expiry && ': soon after, the directory lets it expire'}
            </dd>
          </div>
        )}
        <div>
          <dt>Expires in Active Directory</dt>
          <dd>{expiryOf(plan)}</dd>
        </div>
        {plan.updated && (
          <div>
            <dt>Chosen</dt>
            <dd>
              <Ago at={plan.updated} />, <Starter actor={plan.updated_by} />
            </dd>
          </div>
        )}
      </dl>
      {next && next.obstacle !== '' && (
        <Notice kind="warn" title={said(next.obstacle)}>
          {next.remedy && <Remedy text={next.remedy} />}
        </Notice>
      )}
    </>
  );
}

function Content({ account, plan }: { account: AccountDetail; plan: RotationPlan }) {
  const mayChange = useMay('change_connections');
  const form = usePlan(plan);
  const { around } = useAround(account);
  return (
    <>
      <RenewalFacts plan={plan} />
      {mayChange ? <RenewalForm account={account} form={form} around={around} /> : <p>{capital(planWords(plan))}.</p>}
    </>
  );
}

/** How the password is renewed, and when by itself. */
export function Renewal({ account }: { account: AccountDetail }) {
  const { data, error, refetch } = useQuery(planQuery(account.id));
  if (data) return <Content account={account} plan={data} />;
  return error ? <Failed error={error} retry={refetch} /> : <RowsLoading rows={2} />;
}
