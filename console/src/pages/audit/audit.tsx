import { Button } from '@mantine/core';
import { useSearchParams } from 'react-router-dom';

import type { AuditEntry } from '~/api/types';
import { useConnections } from '~/connections/queries';
import { TrailIcon } from '~/parts/icons';
import { Page } from '~/parts/page';
import { Empty, Failed, NotForRole, RowsLoading } from '~/parts/states';
import { useMay } from '~/session/session';
import { useUsers } from '~/users/queries';
import { actorWords } from '~/users/words';

import classes from './audit.module.css';
import { EntryRow } from './entry_row';
import { Filters } from './filters';
import { type AuditFilter, filterNames, useAudit } from './queries';
import { isUnknownPerson, nameWithin } from './words';
import { useVerification, VerificationResult, VerifyButton } from './verification';

const head = {
  title: 'Audit',
  lead: 'Who did what, and what came of it. Entries are only ever added, each sealed to the one before.',
};

/** The filter is the address. */
function useFilter(): [AuditFilter, (change: Partial<AuditFilter>) => void, () => void] {
  const [parameters, setParameters] = useSearchParams();
  const filter = Object.fromEntries(
    filterNames.map((name) => [name, parameters.get(name) ?? '']),
  ) as unknown as AuditFilter;
  const change = (changed: Partial<AuditFilter>) => {
    const next = Object.entries({ ...filter, ...changed }).filter(([, value]) => value !== '');
    setParameters(new URLSearchParams(next as [string, string][]));
  };
  return [filter, change, () => setParameters(new URLSearchParams())];
}

/** What the things of the trail are called now. */
function useNames(): { objectOf: (entry: AuditEntry) => string; actorOf: (entry: AuditEntry) => string } {
  const { data: connections } = useConnections();
  const { data: users } = useUsers();
  const names = new Map<string, string>([
    ...(connections ?? []).map((one) => [one.id, one.description] as const),
    ...(connections ?? []).map((one) => [one.account, one.master_mailbox] as const),
    ...(users ?? []).map((one) => [one.id, one.name] as const),
  ]);
  return {
    objectOf: (entry) => names.get(entry.object_id) ?? (nameWithin(entry.details) || entry.object_id),
    actorOf: (entry) => {
      if (isUnknownPerson(entry)) return 'Somebody';
      return names.get(entry.actor.replace(/^user:/, '')) ?? actorWords(entry);
    },
  };
}

function Trail() {
  const [filter, change, clear] = useFilter();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAudit(filter);
  const verification = useVerification();
  const { objectOf, actorOf } = useNames();
  const entries = data?.pages.flat() ?? [];
  return (
    <Page {...head} actions={<VerifyButton verification={verification} />} wide>
      <div className={classes.verification}>
        <VerificationResult verification={verification} />
      </div>
      <Filters filter={filter} entries={entries} onChange={change} onClear={clear} />
      {error ? (
        <Failed error={error} retry={refetch} />
      ) : !data ? (
        <RowsLoading rows={8} />
      ) : entries.length === 0 ? (
        <Empty picture={<TrailIcon size={26} />} title="Nothing like that stands in the trail" />
      ) : (
        <>
          <ul className={classes.entries}>
            {entries.map((entry) => (
              <EntryRow
                key={entry.number}
                entry={entry}
                actor={actorOf(entry)}
                object={objectOf(entry)}
                onFilter={(chosen) => change(chosen)}
              />
            ))}
          </ul>
          {hasNextPage && (
            <div className={classes.older}>
              <Button variant="default" loading={isFetchingNextPage} onClick={() => fetchNextPage()}>
                Show older
              </Button>
            </div>
          )}
        </>
      )}
    </Page>
  );
}

export function Audit() {
  if (useMay('see_audit')) return <Trail />;
  return (
    <Page {...head}>
      <NotForRole />
    </Page>
  );
}
