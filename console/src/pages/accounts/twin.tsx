import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router-dom';

import type { AccountDetail } from '~/api/types';
import { GoesTo } from '~/connections/route';
import { isolated } from '~/parts/bidi';
import { Confirm } from '~/parts/confirm';
import { Notice } from '~/parts/notice';
import { SecretInput } from '~/parts/secret_input';
import { useMay } from '~/session/session';

import classes from './accounts.module.css';
import { FormTroubles } from './form_troubles';
import renewal from './renewal.module.css';
import { TwinQuestions } from './twin_questions';
import { type TwinForm, useTwin } from './use_twin';

function Destinations({ form }: { form: TwinForm }) {
  return (
    <div className={renewal.destinations}>
      {form.base.connections.map((one) => (
        <GoesTo
          key={one.id}
          title={`On “${isolated(one.description)}” its password will go to`}
          destination={one.destination ?? ''}
          isFresh={!one.destination_proven}
        />
      ))}
    </div>
  );
}

function Fields({ form }: { form: TwinForm }) {
  const isNamed = form.base.twin !== null && form.name.trim() === form.base.twin_name;
  return (
    <>
      <TextInput
        label="Name of the twin"
        description="UPN or DOMAIN\name, in the same directory, with the same rights in Exchange."
        placeholder="EXAMPLE\svc-mailward-b"
        autoComplete="off"
        spellCheck={false}
        value={form.name}
        error={form.problems['name']}
        onChange={(event) => form.setName(event.currentTarget.value)}
      />
      <Destinations form={form} />
      <SecretInput
        label="Password of the twin"
        description={
          isNamed
            ? 'One is stored. Empty means: unchanged.'
            : 'Its own, typed once for all of these connections. Empty: one that was typed for each of them already.'
        }
        name="twin-password"
        autoComplete="new-password"
        data-1p-ignore
        data-lpignore="true"
        spellCheck={false}
        value={form.password}
        error={form.problems['password'] ?? form.problems['connections'] ?? form.problems['destinations']}
        onChange={(event) => form.setPassword(event.currentTarget.value)}
      />
    </>
  );
}

function Removal({ form }: { form: TwinForm }) {
  const [asked, setAsked] = useState(false);
  const name = form.base.twin_name;
  return (
    <>
      <Button variant="default" disabled={form.busy} onClick={() => setAsked(true)}>
        Remove twin
      </Button>
      <Confirm
        opened={asked}
        title={`Let ${isolated(name)} be no twin any more?`}
        yes="Remove twin"
        danger
        onAnswer={(yes) => {
          setAsked(false);
          if (yes) void form.remove();
        }}
      >
        <p>
          The two do not take turns any more; a schedule of the way Twin stands still until another way is chosen.{' '}
          <bdi>{name}</bdi> and its password stay, under Service Accounts.
        </p>
      </Confirm>
    </>
  );
}

function Standing({ account }: { account: AccountDetail }) {
  if (!account.twin) return null;
  const rests = account.connections.length === 0;
  return (
    <p>
      <Link to={`/accounts/${account.twin}`}>
        <bdi>{account.twin_name}</bdi>
      </Link>{' '}
      {rests ? 'is used by the connections now, and this one rests.' : 'is its twin, and rests.'}{' '}
      {account.twin_resolved === ''
        ? 'It was not looked up in the directory yet.'
        : `The directory has it as ${isolated(account.twin_resolved)}.`}
    </p>
  );
}

/** Naming it, with its password; removing it. */
export function TwinEditor({ account }: { account: AccountDetail }) {
  const form = useTwin(account);
  const { newer } = form;
  return (
    <>
      <form
        noValidate
        aria-label="Twin"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void form.save();
        }}
      >
        <FormTroubles
          trouble={form.trouble}
          newer={
            newer && {
              title: 'Somebody else has changed the twin in the meantime',
              now: newer.twin_name || 'none',
              take: form.takeNewer,
            }
          }
        />
        <Fields form={form} />
        <div className={classes.buttons}>
          <Button type="submit" variant="default" loading={form.busy} disabled={!form.dirty && account.twin !== null}>
            Save twin
          </Button>
          {account.twin && <Removal form={form} />}
        </div>
      </form>
      <TwinQuestions asked={form.asked} />
    </>
  );
}

/** The account with which this one takes turns. */
export function Twin({ account }: { account: AccountDetail }) {
  const mayChange = useMay('change_connections');
  // Whoever does not need one sees no form.
  const [opened, setOpened] = useState(false);
  if (!mayChange) return account.twin ? <Standing account={account} /> : <p>None is named.</p>;
  if (!account.directory) {
    return (
      <Notice title="Its directory comes first">
        Both accounts live in one directory. <a href="#directory">Choose its directory</a>, then name the twin here.
      </Notice>
    );
  }
  if (account.connections.length === 0 && !account.twin) {
    return (
      <Notice title="A connection comes first">
        The twin’s password is typed for the connections that use this account, and none does. Name the twin on the page
        of the account that is in use.
      </Notice>
    );
  }
  if (!account.twin && !opened) {
    return (
      <>
        <p>None is named.</p>
        <div>
          <Button variant="default" onClick={() => setOpened(true)}>
            Name a twin
          </Button>
        </div>
      </>
    );
  }
  return (
    <>
      <Standing account={account} />
      <TwinEditor account={account} />
    </>
  );
}
