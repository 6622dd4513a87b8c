import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';

import type { Rotation } from '~/api/types';
import { RotateIcon } from '~/parts/icons';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { kMostRotations, rotationsQuery } from '~/rotations/queries';
import { RotationRows } from '~/rotations/rotation_rows';

import { accountsQuery } from '../accounts/queries';
import classes from './rotations.module.css';

const kAtFirst = 50;

function Filter({ account, onChange }: { account: string; onChange: (account: string) => void }) {
  const { data: accounts } = useQuery(accountsQuery);
  // The account of the address may be one that is not there: it is shown as it is.
  const known = (accounts ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const isKnown = account === '' || known.some((one) => one.value === account);
  return (
    <NativeSelect
      className={classes.filter ?? ''}
      label="Service account"
      data={[{ value: '', label: 'All' }, ...known, ...(isKnown ? [] : [{ value: account, label: account }])]}
      value={account}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function NoneYet({ account }: { account: string }) {
  const accounts = (
    <Button variant="default" component={Link} to={account ? `/accounts/${account}` : '/accounts'}>
      {account ? 'To the account' : 'To the service accounts'}
    </Button>
  );
  return (
    <Empty
      picture={<RotateIcon size={26} />}
      title={account ? 'This account’s password was not rotated yet' : 'No rotation yet'}
      action={accounts}
    >
      A rotation gives a service account a new password in Active Directory while the products go on. It is begun on the
      account’s page, and each one stays here with all its steps.
    </Empty>
  );
}

function List({ rotations, more }: { rotations: readonly Rotation[]; more: (() => void) | null }) {
  return (
    <>
      <RotationRows rotations={rotations} />
      {more && (
        <div className={classes.more}>
          <Button variant="default" onClick={more}>
            Show older ones
          </Button>
        </div>
      )}
      {!more && rotations.length >= kMostRotations && (
        <p className={classes.faint}>
          These are the last {kMostRotations}. What is older stands in the audit trail, as “Rotation ended”.
        </p>
      )}
    </>
  );
}

export function Rotations() {
  const [search, setSearch] = useSearchParams();
  const account = search.get('account') ?? '';
  const [limit, setLimit] = useState(kAtFirst);
  const { data, error, refetch } = useQuery(rotationsQuery(account, limit));
  const hasMore = data !== undefined && data.length >= limit && limit < kMostRotations;
  return (
    <Page
      title="Rotations"
      lead="Each time that a service account was given a new password: how it went, and what the calls met meanwhile."
      wide
    >
      <Filter
        account={account}
        onChange={(chosen) => setSearch(chosen ? { account: chosen } : {}, { replace: true })}
      />
      {data ? (
        data.length > 0 ? (
          <List rotations={data} more={hasMore ? () => setLimit(kMostRotations) : null} />
        ) : (
          <NoneYet account={account} />
        )
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}
