import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router-dom';

import { request, segment } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import type { AccountDetail } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Confirm } from '~/parts/confirm';
import { Page } from '~/parts/page';
import { Section } from '~/parts/section';
import { Failed, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';
import { tell } from '~/parts/tell';
import { queries, useMay } from '~/session/session';

import { directoriesQuery } from '../directories/queries';
import classes from './accounts.module.css';
import { CredentialVersions } from './credential_versions';
import { accountQuery } from './queries';

const back = { to: '/accounts', label: 'Service Accounts' };

function useDeed(account: AccountDetail) {
  const path = '/accounts/' + segment(account.id);
  return async (
    method: 'PUT' | 'POST' | 'DELETE',
    rest: string,
    body: object | undefined,
    done: string,
  ): Promise<boolean> => {
    try {
      const query = method === 'DELETE' ? `?version=${account.version}` : '';
      await request(method, path + rest + query, body ? { body: { version: account.version, ...body } } : {});
      await queries.invalidateQueries({ queryKey: ['accounts'] });
      tell({ kind: 'good', text: done });
      return true;
    } catch (error) {
      tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' });
      await queries.invalidateQueries({ queryKey: ['accounts'] });
      return false;
    }
  };
}

function DirectoryChoice({ account, deed }: { account: AccountDetail; deed: ReturnType<typeof useDeed> }) {
  const { data: directories } = useQuery(directoriesQuery);
  const mayChange = useMay('change_connections');
  const [chosen, setChosen] = useState(account.directory ?? '');
  return (
    <>
      <NativeSelect
        label="Directory"
        disabled={!mayChange}
        data={[{ value: '', label: 'None' }, ...(directories ?? []).map((one) => ({ value: one.id, label: one.name }))]}
        value={chosen}
        onChange={(event) => setChosen(event.currentTarget.value)}
      />
      {mayChange && (
        <div>
          <Button
            variant="default"
            disabled={chosen === (account.directory ?? '')}
            onClick={() =>
              deed(
                'PUT',
                '',
                { name: account.name, ...(chosen ? { directory: chosen } : {}) },
                'The directory is saved.',
              )
            }
          >
            Save directory
          </Button>
        </div>
      )}
    </>
  );
}

function UsedBy({ account }: { account: AccountDetail }) {
  if (account.connections.length === 0) return <p>No connection uses it.</p>;
  return (
    <ul className={classes.plain}>
      {account.connections.map((one) => (
        <li key={one.id}>
          <Link to={`/connections/${one.id}`}>
            <bdi>{one.description}</bdi>
          </Link>{' '}
          {!one.destination_proven && <Tag tone="warn">no password was accepted there yet</Tag>}
        </li>
      ))}
    </ul>
  );
}

function Content({ account }: { account: AccountDetail }) {
  const deed = useDeed(account);
  const mayChange = useMay('change_connections');
  const navigate = useNavigate();
  const [asked, setAsked] = useState<'delete' | 'disable' | null>(null);
  const answer = async (yes: boolean) => {
    const what = asked;
    setAsked(null);
    if (!yes) return;
    if (what === 'disable') await deed('POST', '/disable', {}, 'The account is disabled.');
    else if (await deed('DELETE', '', undefined, `${isolated(account.name)} is deleted.`)) navigate('/accounts');
  };
  return (
    <>
      <Section title="Used by" lead="A password is typed on a connection, and goes only where it was typed for.">
        <UsedBy account={account} />
      </Section>
      <Section
        title="Directory"
        lead="With one, a refusal is told apart exactly, the lock-out threshold is kept away from, and Kerberos is used."
      >
        <DirectoryChoice key={account.directory} account={account} deed={deed} />
        {account.sid && <p className={classes.faint}>SID {account.sid}</p>}
      </Section>
      <Section title="Password" lead="Its versions, the newest first. The password itself is shown nowhere.">
        <CredentialVersions versions={account.credentials} />
      </Section>
      {mayChange && (
        <Section
          title="Account"
          lead="A disabled account signs in nowhere. Only one that no connection uses can be deleted."
        >
          <div className={classes.buttons}>
            {account.enabled ? (
              <Button variant="default" onClick={() => setAsked('disable')}>
                Disable
              </Button>
            ) : (
              <Button variant="default" onClick={() => deed('POST', '/enable', {}, 'The account is enabled.')}>
                Enable
              </Button>
            )}
            <Button
              variant="default"
              color="red"
              disabled={account.connections.length > 0}
              onClick={() => setAsked('delete')}
            >
              Delete
            </Button>
          </div>
        </Section>
      )}
      <Confirm
        opened={asked !== null}
        title={asked === 'delete' ? `Delete ${isolated(account.name)}?` : `Disable ${isolated(account.name)}?`}
        yes={asked === 'delete' ? 'Delete' : 'Disable'}
        danger={asked === 'delete'}
        onAnswer={answer}
      >
        <p>
          {asked === 'delete'
            ? 'Its passwords are destroyed with it.'
            : 'Every connection that uses it stands still until it is enabled again.'}
        </p>
      </Confirm>
    </>
  );
}

export function Account() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery(accountQuery(id));
  return (
    <Page
      title={data?.name ?? 'Service account'}
      lead={data?.resolved}
      back={back}
      mark={data && !data.enabled && <Tag>Disabled</Tag>}
    >
      {data ? <Content account={data} /> : error ? <Failed error={error} retry={refetch} /> : <RowsLoading />}
    </Page>
  );
}
