import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router-dom';

import type { Connection } from '~/api/types';
import { connectionQuery, useConnections } from '~/connections/queries';
import { StatePill } from '~/connections/state_pill';
import { Page } from '~/parts/page';
import { Failed, RowsLoading } from '~/parts/states';
import { useAccountRotations } from '~/rotations/queries';
import { UnderWay } from '~/rotations/under_way';

import classes from './connection.module.css';
import { ConnectionMenu } from './connection_menu';
import { ConnectionMeasures } from './connection_measures';
import { Editor } from './editor';
import { RotationLinks } from './rotation_links';
import { useLastRun } from './use_last_run';

const back = { to: '/connections', label: 'Server Connections' };

export function NewConnection() {
  return (
    <Page title="Add connection" back={back} lead="Fill it in, test it, save it. The test needs nothing saved." wide>
      <Editor connection={null} lastRun={null} />
    </Page>
  );
}

function Loaded({ connection }: { connection: Connection }) {
  const { lastRun, isLoading } = useLastRun(connection);
  if (isLoading) return <RowsLoading rows={6} />;
  return <Editor connection={connection} lastRun={lastRun} />;
}

export function EditConnection() {
  const { id = '' } = useParams();
  const { data: connection, error, refetch } = useQuery(connectionQuery(id));
  const { data: all } = useConnections();
  const { underWay } = useAccountRotations(connection?.account ?? '');
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
      actions={
        <>
          <RotationLinks account={connection.account} />
          <ConnectionMenu connection={live ?? connection} />
        </>
      }
      wide
    >
      {underWay && (
        <div className={classes.underWay}>
          <UnderWay rotation={underWay} />
        </div>
      )}
      <Loaded key={connection.id} connection={connection} />
      <ConnectionMeasures connection={connection.id} />
    </Page>
  );
}
