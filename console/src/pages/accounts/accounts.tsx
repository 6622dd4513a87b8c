import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';

import type { Account } from '~/api/types';
import { passwordWords } from '~/connections/password_words';
import { useConnections } from '~/connections/queries';
import { isolated } from '~/parts/bidi';
import { ChevronIcon, KeyIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { Tag } from '~/parts/tag';

import { accountsQuery } from './queries';

/** What an account is for: the connections that use it, the accounts whose passwords it sets. */
function purpose(users: readonly string[], resets: readonly string[]): string {
  const uses = users.map(isolated).join(', ');
  const sets = resets.length > 0 ? `sets the password of ${resets.map(isolated).join(', ')}` : '';
  return [uses, sets].filter(Boolean).join('; ') || 'used by no connection';
}

interface RowProps {
  account: Account;
  users: readonly string[];
  resets: readonly string[];
}

function Row({ account, users, resets }: RowProps) {
  const { label, tone } = passwordWords[account.password];
  return (
    <li className={list.row}>
      <div className={list.main}>
        <Link to={`/accounts/${account.id}`} className={list.name ?? ''}>
          {account.name}
        </Link>
        <div className={list.faint}>{account.resolved || 'not resolved in a directory'}</div>
      </div>
      <div className={list.side}>
        <Tag tone={tone}>Password: {label.toLowerCase()}</Tag> {!account.enabled && <Tag>Disabled</Tag>}
      </div>
      <div className={list.side}>{purpose(users, resets)}</div>
      <ChevronIcon size={16} className={list.go} />
    </li>
  );
}

export function Accounts() {
  const { data, error, refetch } = useQuery(accountsQuery);
  const { data: connections } = useConnections();
  return (
    <Page
      title="Service Accounts"
      lead="The accounts in Active Directory by which Mailward signs in to Exchange. Each holds its password; connections use it."
    >
      {data ? (
        data.length > 0 ? (
          <ul className={list.list}>
            {data.map((account) => (
              <Row
                key={account.id}
                account={account}
                users={(connections ?? []).filter((one) => one.account === account.id).map((one) => one.description)}
                resets={data.filter((one) => one.reset_account === account.id).map((one) => one.name)}
              />
            ))}
          </ul>
        ) : (
          <Empty picture={<KeyIcon size={26} />} title="No service account yet">
            One is created with the first connection that names it as its master mailbox.
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
