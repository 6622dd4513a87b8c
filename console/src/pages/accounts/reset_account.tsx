import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import type { AccountDetail, PasswordState } from '~/api/types';
import { GoesTo } from '~/connections/route';
import { isolated } from '~/parts/bidi';
import { Command } from '~/parts/copyable';
import { Confirm } from '~/parts/confirm';
import { Notice } from '~/parts/notice';
import { SecretInput } from '~/parts/secret_input';
import { useMay } from '~/session/session';

import classes from './accounts.module.css';
import { FormTroubles } from './form_troubles';
import { ResetQuestions } from './reset_questions';
import { ResetRight, resetRightLines } from './reset_right';
import { type ResetForm, useResetAccount } from './use_reset_account';

const passwordNotes: Record<PasswordState, string> = {
  none: 'None is stored yet.',
  pending: 'One is stored, and has not signed in yet. Empty means: unchanged.',
  active: 'One is stored and was accepted. Empty means: unchanged.',
  refused: 'The stored one was refused. Type the one that is in force.',
};

function passwordNote({ base, name }: ResetForm): string {
  if (base.reset_account && name.trim() === base.reset_account_name) return passwordNotes[base.reset_account_password];
  return 'Its own, not the service account’s.';
}

function Fields({ form }: { form: ResetForm }) {
  return (
    <>
      <TextInput
        label="Name of the reset account"
        description="UPN or DOMAIN\name, in the same directory."
        placeholder="EXAMPLE\mailward-reset"
        autoComplete="off"
        spellCheck={false}
        value={form.name}
        error={form.problems['name']}
        onChange={(event) => form.setName(event.currentTarget.value)}
      />
      {form.destination && <GoesTo destination={form.destination} title="Its password will go to these alone" />}
      <SecretInput
        label="Password of the reset account"
        description={passwordNote(form)}
        name="reset-account-password"
        autoComplete="new-password"
        data-1p-ignore
        data-lpignore="true"
        spellCheck={false}
        value={form.password}
        error={form.problems['password'] ?? form.problems['destination']}
        onChange={(event) => form.setPassword(event.currentTarget.value)}
      />
    </>
  );
}

function Removal({ form }: { form: ResetForm }) {
  const [asked, setAsked] = useState(false);
  const name = form.base.reset_account_name;
  return (
    <>
      <Button variant="default" disabled={form.busy} onClick={() => setAsked(true)}>
        Remove
      </Button>
      <Confirm
        opened={asked}
        title={`Remove ${isolated(name)} as the reset account?`}
        yes="Remove"
        danger
        onAnswer={(yes) => {
          setAsked(false);
          if (yes) void form.remove();
        }}
      >
        <p>
          Mailward cannot renew this password by delegated reset any more; where no other way is chosen, a person sets
          the next one in Active Directory and types it on a connection. {name} and its own password stay, under Service
          Accounts.
        </p>
        <p>To take the right back in Active Directory as well:</p>
        <Command text={resetRightLines(form.base.resolved, name).takeBack} />
      </Confirm>
    </>
  );
}

function LookAt({ account }: { account: AccountDetail }) {
  return (
    <p>
      {account.reset_account ? (
        <>
          <bdi>{account.reset_account_name}</bdi> sets its password.
        </>
      ) : (
        'None is named.'
      )}
    </p>
  );
}

/** Which account sets this one’s password, and with which right. */
export function ResetAccount({ account }: { account: AccountDetail }) {
  const mayChange = useMay('change_connections');
  const form = useResetAccount(account);
  if (!mayChange) return <LookAt account={account} />;
  if (!account.directory) {
    return (
      <Notice title="Its directory comes first">
        A reset account works at the controllers of the service account’s own directory.{' '}
        <a href="#directory">Choose its directory</a>, then name the reset account here.
      </Notice>
    );
  }
  return (
    <>
      <form
        noValidate
        aria-label="Reset account"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void form.save();
        }}
      >
        <FormTroubles
          trouble={form.trouble}
          newer={
            form.newer && {
              title: 'Somebody else has changed the reset account in the meantime',
              now: form.newer.reset_account_name || 'none',
              take: form.takeNewer,
            }
          }
        />
        <Fields form={form} />
        <div className={classes.buttons}>
          <Button
            type="submit"
            variant="default"
            loading={form.busy}
            disabled={!form.dirty && account.reset_account !== null}
          >
            Save reset account
          </Button>
          {account.reset_account && <Removal form={form} />}
        </div>
      </form>
      <ResetRight resolved={account.resolved} name={form.name} />
      <ResetQuestions asked={form.asked} />
    </>
  );
}
