import { useQuery } from '@tanstack/react-query';
import { useLocation, useParams } from 'react-router-dom';

import { request, segment } from '~/api/client';
import type { Connection, RunChanges } from '~/api/types';
import { connectionQuery, useConnections } from '~/connections/queries';
import { StatePill } from '~/connections/state_pill';
import { Page } from '~/parts/page';
import { Failed, RowsLoading } from '~/parts/states';

import { ConnectionMenu } from './connection_menu';
import { Editor } from './editor';

const back = { to: '/connections', label: 'Server Connections' };

function useLastRun(connection: Connection | undefined) {
  const id = connection?.last_test_run ?? '';
  return useQuery({
    queryKey: ['runs', id],
    queryFn: () => request<RunChanges>('GET', '/runs/' + segment(id)),
    enabled: id !== '',
    staleTime: Infinity,
  });
}

/** The run that the page before handed over: the test of the form that has just been saved as a new connection. */
function useHandedRun(): RunChanges | null {
  const state = useLocation().state as { run?: RunChanges } | null;
  return state?.run ?? null;
}

export function NewConnection() {
  return (
    <Page title="Add connection" back={back} lead="Fill it in, test it, save it. The test needs nothing saved." wide>
      <Editor connection={null} lastRun={null} />
    </Page>
  );
}

export function EditConnection() {
  const { id = '' } = useParams();
  const { data: connection, error, refetch } = useQuery(connectionQuery(id));
  const { data: all } = useConnections();
  const lastRun = useLastRun(connection);
  const handed = useHandedRun();
  const live = all?.find((one) => one.id === connection?.id);

  if (!connection) {
    return (
      <Page title="Edit Connection" back={back} wide>
        {error ? <Failed error={error} retry={refetch} /> : <RowsLoading rows={6} />}
      </Page>
    );
  }
  const waiting = connection.last_test_run !== '' && lastRun.isPending;
  return (
    <Page
      title="Edit Connection"
      lead={connection.description}
      back={back}
      mark={<StatePill state={(live ?? connection).state} />}
      actions={<ConnectionMenu connection={live ?? connection} />}
      wide
    >
      {waiting ? (
        <RowsLoading rows={6} />
      ) : (
        <Editor key={connection.id} connection={connection} lastRun={handed ?? lastRun.data ?? null} />
      )}
    </Page>
  );
}
