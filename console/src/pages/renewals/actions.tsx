import { Button } from '@mantine/core';
import { useState } from 'react';

import { segment } from '~/api/client';
import type { Renewal } from '~/api/types';
import { Confirm } from '~/parts/confirm';
import { DownloadIcon } from '~/parts/icons';
import { Notice } from '~/parts/notice';
import { useMay, useSession } from '~/session/session';

import classes from './renewals.module.css';
import { useRenewalDeed } from './use_renewal_deed';

function useDeeds(renewal: Renewal) {
  const { busy, act } = useRenewalDeed();
  const path = '/renewals/' + segment(renewal.id);
  return { busy, act: (what: string) => act<Renewal>(`${path}/${what}`) };
}

/** Ends it, after it was asked. */
function End({ renewal, busy, onEnd }: { renewal: Renewal; busy: boolean; onEnd: () => Promise<unknown> }) {
  const [asking, setAsking] = useState(false);
  const answer = async (yes: boolean) => {
    if (yes) await onEnd();
    setAsking(false);
  };
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        End the plan
      </Button>
      <Confirm opened={asking} title="End this plan?" yes="End it" danger busy={busy} onAnswer={answer}>
        <p>
          {renewal.started
            ? 'What is not renewed stays as it is, and the report says so.'
            : 'Nothing was changed, and nothing will be.'}
        </p>
      </Confirm>
    </>
  );
}

function Approval({ renewal, busy, act }: { renewal: Renewal } & ReturnType<typeof useDeeds>) {
  const { user } = useSession();
  if (!renewal.asked_by?.actor.startsWith('user:')) {
    return (
      <Notice kind="warn" title="Nobody can approve this plan">
        It was asked for over the local socket, and by whom is not known. End it, and ask again here.
      </Notice>
    );
  }
  const isOwn = renewal.asked_by.actor === `user:${user.id}`;
  return (
    <Notice
      kind="warn"
      title={isOwn ? 'Another administrator must approve this plan' : 'This plan waits for your approval'}
      actions={
        !isOwn && (
          <Button size="xs" loading={busy} onClick={() => act('approve')}>
            Approve
          </Button>
        )
      }
    >
      {renewal.why ? `${renewal.why} ` : ''}
      {isOwn
        ? renewal.approvers > 0
          ? 'Nobody approves what he asked for himself. The plan waits for seven days.'
          : 'There is no other administrator with a password: make one first.'
        : 'Look at the plan below. Approved, it can be started by any administrator.'}
    </Notice>
  );
}

/** What can be done to the plan as it stands. */
export function Actions({ renewal }: { renewal: Renewal }) {
  const may = [useMay('change_connections'), useMay('manage_users')].every(Boolean);
  const deeds = useDeeds(renewal);
  const { busy, act } = deeds;
  const hasFailed = renewal.items.some((one) => one.state === 'failed');
  return (
    <div className={classes.actions}>
      {may && renewal.state === 'awaiting_approval' && <Approval renewal={renewal} {...deeds} />}
      <div className={classes.buttons}>
        {may && renewal.state === 'ready' && (
          <Button loading={busy} onClick={() => act('start')}>
            Start
          </Button>
        )}
        {may && renewal.state === 'waiting' && hasFailed && (
          <Button loading={busy} onClick={() => act('retry')}>
            Try what failed again
          </Button>
        )}
        {renewal.started && (
          <Button
            variant="default"
            component="a"
            href={`/api/v1/renewals/${segment(renewal.id)}/report?format=html`}
            download
            leftSection={<DownloadIcon size={16} />}
          >
            Report
          </Button>
        )}
        {may && renewal.ended === null && renewal.state !== 'running' && (
          <End renewal={renewal} busy={busy} onEnd={() => act('close')} />
        )}
      </div>
    </div>
  );
}
