import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { AccountDetail } from '~/api/types';
import { useMay } from '~/session/session';

import { directoriesQuery } from '../directories/queries';
import type { Deed } from './use_deed';

export function DirectoryChoice({ account, deed }: { account: AccountDetail; deed: Deed }) {
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
