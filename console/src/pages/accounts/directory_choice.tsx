import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { AccountDetail } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Confirm } from '~/parts/confirm';
import { useMay } from '~/session/session';

import { directoriesQuery } from '../directories/queries';
import type { Deed } from './use_deed';

/** What another directory costs, in sentences; none where the account has nothing to lose. */
export function lossesOf(account: AccountDetail): string[] {
  const losses: string[] = [];
  const isTyped = account.credentials.every((one) => one.state !== 'active' || one.origin === 'typed');
  if (!isTyped) {
    losses.push(
      'No person has typed its password, and nobody can: it is not sent any more until somebody lets it, on the server (mailward account rebind).',
    );
  } else if (account.password !== 'none') {
    losses.push(
      'Its password was typed for its connections as they are with this directory. It is not sent any more until it is typed on each of them again.',
    );
  }
  if (account.reset_account) {
    losses.push(
      `${isolated(account.reset_account_name)} is forgotten as its reset account, so that this password cannot be rotated until one is named again.`,
    );
  }
  return losses;
}

export function DirectoryChoice({ account, deed }: { account: AccountDetail; deed: Deed }) {
  const { data: directories } = useQuery(directoriesQuery);
  const mayChange = useMay('change_connections');
  const [chosen, setChosen] = useState(account.directory ?? '');
  const [asked, setAsked] = useState(false);
  const losses = lossesOf(account);
  const save = () =>
    deed('PUT', '', { name: account.name, ...(chosen ? { directory: chosen } : {}) }, 'The directory is saved.');
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
            onClick={() => (losses.length > 0 ? setAsked(true) : save())}
          >
            Save directory
          </Button>
        </div>
      )}
      <Confirm
        opened={asked}
        title={chosen ? 'Move it to another directory?' : 'Take it out of its directory?'}
        yes="Save directory"
        careful
        onAnswer={(yes) => {
          setAsked(false);
          if (yes) void save();
        }}
      >
        {losses.map((loss) => (
          <p key={loss}>{loss}</p>
        ))}
      </Confirm>
    </>
  );
}
