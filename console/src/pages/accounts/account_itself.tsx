import { Button } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import type { AccountDetail } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Confirm } from '~/parts/confirm';

import classes from './accounts.module.css';
import type { Deed } from './use_deed';

/** What is done to the account as a whole. */
export function AccountItself({ account, deed }: { account: AccountDetail; deed: Deed }) {
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
