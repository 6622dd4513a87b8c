import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router-dom';

import { RotateIcon } from '~/parts/icons';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { useAllRotations } from '~/rotations/queries';
import { RotationRows } from '~/rotations/rotation_rows';

import { accountsQuery } from '../accounts/queries';
import classes from './rotations.module.css';

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

function List({ query }: { query: ReturnType<typeof useAllRotations> }) {
  return (
    <>
      <RotationRows rotations={(query.data?.pages ?? []).flat()} />
      {query.hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            Show older
          </Button>
        </div>
      )}
    </>
  );
}

export function Rotations() {
  const [search, setSearch] = useSearchParams();
  const account = search.get('account') ?? '';
  const query = useAllRotations(account);
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
      {query.data ? (
        query.data.pages[0]?.length ? (
          <List query={query} />
        ) : (
          <NoneYet account={account} />
        )
      ) : query.error ? (
        <Failed error={query.error} retry={query.refetch} />
      ) : (
        <RowsLoading />
      )}
    </Page>
  );
}
