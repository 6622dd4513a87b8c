import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { Invitation, User } from '~/api/types';
import { PlusIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { Page } from '~/parts/page';
import { Failed, RowsLoading } from '~/parts/states';
import { useMay, useSession } from '~/session/session';
import { usersQuery } from '~/users/queries';

import { InvitationDialog } from './invitation_dialog';
import { UserDialog } from './user_dialog';
import { UserRow } from './user_row';
import classes from './users.module.css';

type Open = { user: User | null } | null;

export function Users() {
  const { data, error, refetch } = useQuery(usersQuery);
  const mayManage = useMay('manage_users');
  const { user: self } = useSession();
  const [open, setOpen] = useState<Open>(null);
  const [invited, setInvited] = useState<{ name: string; invitation: Invitation } | null>(null);
  const invite = (name: string, invitation: Invitation) => {
    setOpen(null);
    setInvited({ name, invitation });
  };
  return (
    <Page
      title="Users"
      lead="Who may sign in, and as what."
      actions={
        mayManage && (
          <Button leftSection={<PlusIcon size={16} />} onClick={() => setOpen({ user: null })}>
            Add user
          </Button>
        )
      }
    >
      {data ? (
        <ul className={`${list.list} ${classes.columns}`}>
          {data.map((user) => (
            <UserRow
              key={user.id}
              user={user}
              self={user.id === self.id}
              {...(mayManage ? { onOpen: () => setOpen({ user }) } : {})}
            />
          ))}
        </ul>
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
      {open && (
        <UserDialog key={open.user?.id ?? 'new'} user={open.user} onClose={() => setOpen(null)} onInvited={invite} />
      )}
      {invited && <InvitationDialog {...invited} onClose={() => setInvited(null)} />}
    </Page>
  );
}
