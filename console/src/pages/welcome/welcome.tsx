import { Button } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { request } from '~/api/client';
import { byField, isProblem, Problem, sentence } from '~/api/problem';
import { Notice } from '~/parts/notice';
import { SecretInput } from '~/parts/secret_input';
import { Exact } from '~/parts/time';
import { Outside } from '~/session/outside';
import classes from '~/session/session.module.css';
import { signIn } from '~/session/session';

import { kLeastLetters, passwordTrouble } from '~/session/password_rules';

interface Opened {
  name: string;
  display_name: string;
  expires_at: string;
}

/** The token out of the address, which is cleared at once: it must stand in no history and no screenshot. */
const token = location.hash.slice(1);
if (token) history.replaceState(null, '', '/welcome');

function ChoosePassword({ opened }: { opened: Opened }) {
  const [typed, setTyped] = useState({ password: '', again: '' });
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const navigate = useNavigate();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const wrong = passwordTrouble(typed.password, typed.again, opened.name);
    setProblems(wrong);
    setTrouble('');
    if (Object.keys(wrong).length > 0) return;
    setBusy(true);
    try {
      await request('POST', '/invitations/accept', { body: { token, password: typed.password }, plain: true });
      await signIn({ name: opened.name, password: typed.password });
      navigate('/', { replace: true });
    } catch (error) {
      const fields = byField(error);
      setProblems(fields);
      if (Object.keys(fields).length === 0)
        setTrouble(error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.');
    } finally {
      setBusy(false);
    }
  };

  return (
    <Outside
      title={`Welcome, ${opened.display_name || opened.name}`}
      lead="Choose the password that you will sign in with."
      foot={
        <>
          This invitation is good once, until <Exact at={opened.expires_at} />.
        </>
      }
    >
      <form onSubmit={submit} className={classes.form} noValidate>
        {trouble && <Notice kind="bad">{trouble}</Notice>}
        <input type="text" name="username" autoComplete="username" value={opened.name} readOnly hidden />
        <SecretInput
          label="Password"
          description={`At least ${kLeastLetters} characters; a few words that belong to nobody do well`}
          autoComplete="new-password"
          autoFocus
          value={typed.password}
          error={problems['password']}
          onChange={(event) => setTyped({ ...typed, password: event.currentTarget.value })}
        />
        <SecretInput
          label="Repeat password"
          autoComplete="new-password"
          value={typed.again}
          error={problems['again']}
          onChange={(event) => setTyped({ ...typed, again: event.currentTarget.value })}
        />
        <Button type="submit" fullWidth loading={busy}>
          Set password and sign in
        </Button>
      </form>
    </Outside>
  );
}

export function Welcome() {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    document.title = 'Welcome · Mailward';
    request<Opened>('POST', '/invitations/open', { body: { token }, plain: true }).then(setOpened, setError);
  }, []);

  if (opened) return <ChoosePassword opened={opened} />;
  if (!error) return null;
  const isVoid = isProblem(error) && error.status < 500;
  return (
    <Outside
      title={isVoid ? 'This invitation does not hold' : 'Mailward does not answer'}
      lead={
        isVoid
          ? 'It was used already, or its 15 minutes have passed. Ask an administrator for a new one.'
          : 'Open the link again in a moment.'
      }
    />
  );
}
