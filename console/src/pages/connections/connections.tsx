import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import type { Connection } from '~/api/types';
import { ConnectionRows } from '~/connections/connection_row';
import { useConnections } from '~/connections/queries';
import { byGravity } from '~/connections/states';
import { isolated } from '~/parts/bidi';
import { ConnectionIcon, PlusIcon, SearchIcon } from '~/parts/icons';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { useMay } from '~/session/session';

import classes from './connections.module.css';
import { matches } from './filter';

function AddButton() {
  return (
    <Button component={Link} to="/connections/new" leftSection={<PlusIcon size={16} />}>
      Add connection
    </Button>
  );
}

function List({ connections }: { connections: readonly Connection[] }) {
  const [sought, setSought] = useState('');
  const shown = connections.filter((one) => matches(one, sought)).sort(byGravity);
  return (
    <>
      {connections.length > 5 && (
        <TextInput
          className={classes.search ?? ''}
          placeholder="Description, host, account or state"
          aria-label="Search"
          leftSection={<SearchIcon size={16} />}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
      )}
      {shown.length === 0 ? (
        <Empty title={`Nothing matches “${isolated(sought)}”`} />
      ) : (
        <ConnectionRows connections={shown} />
      )}
    </>
  );
}

export function Connections() {
  const { data, error, refetch } = useConnections();
  const mayChange = useMay('change_connections');
  return (
    <Page
      title="Server Connections"
      lead="Where each Exchange organisation is reached, with which account, and how that goes."
      actions={mayChange && data && data.length > 0 && <AddButton />}
      wide
    >
      {data ? (
        data.length > 0 ? (
          <List connections={data} />
        ) : (
          <Empty
            picture={<ConnectionIcon size={26} />}
            title="No server connection yet"
            action={mayChange ? <AddButton /> : undefined}
          >
            A connection says where your Exchange is and with which account Mailward signs in there. It is tested before
            it is saved.
          </Empty>
        )
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}
