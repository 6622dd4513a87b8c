import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
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

/** The run of the last test when the page was opened: what is tested from then on, the page knows itself. */
function useLastRun(connection: Connection) {
  const [id] = useState(connection.last_test_run);
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

function Loaded({ connection }: { connection: Connection }) {
  const handed = useHandedRun();
  const lastRun = useLastRun(connection);
  if (lastRun.isLoading) return <RowsLoading rows={6} />;
  return <Editor connection={connection} lastRun={handed ?? lastRun.data ?? null} />;
}

export function EditConnection() {
  const { id = '' } = useParams();
  const { data: connection, error, refetch } = useQuery(connectionQuery(id));
  const { data: all } = useConnections();
  const live = all?.find((one) => one.id === connection?.id);

  if (!connection) {
    return (
      <Page title="Edit Connection" back={back} wide>
        {error ? <Failed error={error} retry={refetch} /> : <RowsLoading rows={6} />}
      </Page>
    );
  }
  return (
    <Page
      title="Edit Connection"
      lead={connection.description}
      back={back}
      mark={<StatePill state={(live ?? connection).state} />}
      actions={<ConnectionMenu connection={live ?? connection} />}
      wide
    >
      <Loaded key={connection.id} connection={connection} />
    </Page>
  );
}
