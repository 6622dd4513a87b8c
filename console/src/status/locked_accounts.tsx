import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';

import type { Status } from '~/api/types';
import { Command } from '~/parts/copyable';
import { Notice } from '~/parts/notice';
import { Exact } from '~/parts/time';

import { statusQuery } from './queries';
import classes from './status.module.css';

/** Service accounts that are known to be locked out after a rotation, each with what to do. */
export function LockedAccounts({ accounts }: { accounts: Status['locked_accounts'] }) {
  return accounts.map(({ account, account_name: name, since, rotation, remedy }) => (
    <Notice key={account} kind="bad" title={`${name} is locked out`}>
      Since <Exact at={since} />, after its password was renewed: something goes on showing a wrong one.{' '}
      <Link to={`/rotations/${rotation}`}>Find it</Link>, then lift the lock-out, in PowerShell on a domain controller:
      <div className={classes.command}>
        <Command text={remedy} />
      </div>
    </Notice>
  ));
}

/** The same, as the service knows it now; nothing where none is. */
export function KnownLockOuts({ className }: { className: string | undefined }) {
  const { data } = useQuery(statusQuery);
  if (!data || data.locked_accounts.length === 0) return null;
  return (
    <div className={className}>
      <LockedAccounts accounts={data.locked_accounts} />
    </div>
  );
}
