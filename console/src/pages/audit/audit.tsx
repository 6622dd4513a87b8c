import { Button } from '@mantine/core';
import { useSearchParams } from 'react-router-dom';

import type { AuditEntry } from '~/api/types';
import { useConnections } from '~/connections/queries';
import { TrailIcon } from '~/parts/icons';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { useUsers } from '~/users/queries';

import classes from './audit.module.css';
import { EntryRow } from './entry_row';
import { Filters } from './filters';
import { type AuditFilter, filterNames, useAudit } from './queries';
import { actorWords } from './words';
import { useVerification, VerificationResult, VerifyButton } from './verification';

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
    objectOf: (entry) => {
      const said = entry.details?.['name'] ?? entry.details?.['description'];
      return names.get(entry.object_id) ?? (typeof said === 'string' ? said : entry.object_id);
    },
    actorOf: (entry) => names.get(entry.actor.replace(/^user:/, '')) ?? actorWords(entry),
  };
}

export function Audit() {
  const [filter, change, clear] = useFilter();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAudit(filter);
  const verification = useVerification();
  const { objectOf, actorOf } = useNames();
  const entries = data?.pages.flat() ?? [];
  return (
    <Page
      title="Audit"
      lead="Who did what, and what came of it. Entries are only ever added, each sealed to the one before."
      actions={<VerifyButton verification={verification} />}
      wide
    >
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
