import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'react-router-dom';

import { queryOf, request, segment } from '~/api/client';
import type { Connection, Run, RunChanges } from '~/api/types';
import { ended, isLater } from '~/runs/run_model';

/** A run, and whether what it tests is what is stored. */
export interface KnownRun {
  run: RunChanges;
  isOfStored: boolean;
}

function loadRun(id: string): Promise<RunChanges> {
  return request<RunChanges>('GET', '/runs/' + segment(id));
}

/** The test that is under way, of the stored form or of one that somebody has open; else the last of the stored one. */
async function findRun(connection: Connection): Promise<KnownRun | null> {
  const query = queryOf({ kind: 'connection_test', subject: 'connection:' + connection.id, limit: 1 });
  const [newest] = (await request<{ runs: Run[] }>('GET', '/runs' + query)).runs;
  if (newest && !ended(newest.state)) {
    const input = newest.input as { unsaved?: boolean } | null;
    return { run: await loadRun(newest.id), isOfStored: input?.unsaved !== true };
  }
  if (connection.last_test_run === '') return null;
  return { run: await loadRun(connection.last_test_run), isOfStored: true };
}

/** The run that the page before handed over: the test of the form that has just been saved as a new connection. */
function useHandedRun(): KnownRun | null {
  const state = useLocation().state as { handed?: KnownRun } | null;
  return state?.handed ?? null;
}

/** The run to begin with; what is tested from then on, the page sees itself. */
export function useLastRun(connection: Connection): { lastRun: KnownRun | null; isLoading: boolean } {
  const handed = useHandedRun();
  const { data, isLoading } = useQuery({
    queryKey: ['runs', 'last_of', connection.id],
    queryFn: () => findRun(connection),
    staleTime: Infinity,
    gcTime: 0,
  });
  const found = data ?? null;
  // The browser keeps what was handed over, also when the page is loaded anew much later.
  const lastRun = handed && isLater(handed.run, found?.run ?? null) ? handed : found;
  return { lastRun, isLoading };
}

/** The last test of the stored connection, where it is newer than the one that is shown: a heartbeat's, a colleague's. */
export function useNewerRun(lastTestRun: string, shown: RunChanges | null): RunChanges | null {
  const { data } = useQuery({
    queryKey: ['runs', lastTestRun],
    queryFn: () => loadRun(lastTestRun),
    enabled: lastTestRun !== '' && lastTestRun !== shown?.id,
    staleTime: Infinity,
  });
  return data && isLater(data, shown) ? data : null;
}
