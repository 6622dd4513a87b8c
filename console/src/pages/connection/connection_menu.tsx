import { ActionIcon, Menu } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { request, segment } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import type { Connection } from '~/api/types';
import { connectionsQuery } from '~/connections/queries';
import { productName } from '~/connections/states';
import { isolated } from '~/parts/bidi';
import { Confirm } from '~/parts/confirm';
import { MoreIcon, PauseIcon, PlayIcon, TrashIcon } from '~/parts/icons';
import { tell } from '~/parts/tell';
import { queries, useMay } from '~/session/session';

function told(error: unknown) {
  tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' });
}

/** What is done to a connection as a whole. */
export function ConnectionMenu({ connection }: { connection: Connection }) {
  const mayChange = useMay('change_connections');
  const navigate = useNavigate();
  const [asked, setAsked] = useState<'delete' | 'disable' | null>(null);
  if (!mayChange) return null;
  const path = '/connections/' + segment(connection.id);
  const disabled = connection.state === 'disabled';

  const turn = async (verb: 'enable' | 'disable') => {
    setAsked(null);
    try {
      await request('POST', `${path}/${verb}`, { body: { version: connection.version } });
      await queries.invalidateQueries({ queryKey: ['connections'] });
      tell({ kind: 'good', text: verb === 'enable' ? 'The connection is enabled.' : 'The connection is disabled.' });
    } catch (error) {
      told(error);
    }
  };
  const remove = async () => {
    setAsked(null);
    try {
      await request('DELETE', `${path}?version=${connection.version}`);
      queries.setQueryData(connectionsQuery.queryKey, (before) => before?.filter((one) => one.id !== connection.id));
      navigate('/connections');
      tell({ kind: 'good', text: `“${isolated(connection.description)}” is deleted.` });
    } catch (error) {
      told(error);
    }
  };
  const used = connection.products.map(productName).join(', ');
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label="More for this connection">
            <MoreIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {disabled ? (
            <Menu.Item leftSection={<PlayIcon size={16} />} onClick={() => turn('enable')}>
              Enable
            </Menu.Item>
          ) : (
            <Menu.Item leftSection={<PauseIcon size={16} />} onClick={() => setAsked('disable')}>
              Disable
            </Menu.Item>
          )}
          <Menu.Item color="red" leftSection={<TrashIcon size={16} />} onClick={() => setAsked('delete')}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={asked !== null}
        title={
          asked === 'delete'
            ? `Delete “${isolated(connection.description)}”?`
            : `Disable “${isolated(connection.description)}”?`
        }
        yes={asked === 'delete' ? 'Delete' : 'Disable'}
        danger={asked === 'delete'}
        onAnswer={(yes) => (!yes ? setAsked(null) : asked === 'delete' ? remove() : turn('disable'))}
      >
        <p>
          {used ? (
            <>
              <strong>{used}</strong> will not reach Exchange by it{' '}
              {asked === 'delete' ? 'any more' : 'until it is enabled again'}.
            </>
          ) : (
            'No product uses it.'
          )}
        </p>
        {asked === 'delete' && <p>Its service account and the account’s password stay, under Service Accounts.</p>}
      </Confirm>
    </>
  );
}
