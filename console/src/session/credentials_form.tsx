import { Button, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';

import { isProblem, Problem, sentence, Unreachable } from '~/api/problem';
import { Notice } from '~/parts/notice';
import { SecretInput } from '~/parts/secret_input';

import classes from './session.module.css';

interface Props {
  /** The name that is asked for; where it is given it is shown and not asked. */
  name?: string;
  action: string;
  /** Called with what was typed; throws what the service answered. */
  submit: (typed: { name: string; password: string; code?: string }) => Promise<void>;
  /** The code is asked from the start, not only when the service asks for it. */
  withCode?: boolean;
  children?: ReactNode;
}

function useCountdown(): [number, (seconds: number) => void] {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (until <= now) return;
    const timer = setTimeout(() => setNow(Date.now()), 250);
    return () => clearTimeout(timer);
  }, [until, now]);
  const wait = (seconds: number) => {
    setNow(Date.now());
    setUntil(Date.now() + seconds * 1000);
  };
  return [Math.max(0, Math.ceil((until - now) / 1000)), wait];
}

function words(error: unknown, withCode: boolean): string {
  if (error instanceof Unreachable) return 'Mailward does not answer. What you typed stays here.';
  if (isProblem(error, 'access.sign_in_refused'))
    return withCode ? 'The name, the password or the code is not right.' : 'The name or the password is not right.';
  return error instanceof Problem ? sentence(error.detail) : 'That did not work.';
}

/** Name, password and, when it is asked for, the code of the authenticator. */
export function CredentialsForm({ name, action, submit, withCode = false, children }: Props) {
  const [typed, setTyped] = useState({ name: name ?? '', password: '', code: '' });
  const [asksCode, setAsksCode] = useState(withCode);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useCountdown();
  const codeField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (asksCode && !withCode) codeField.current?.focus();
  }, [asksCode, withCode]);

  const refused = (error: unknown) => {
    if (isProblem(error, 'access.code_required')) {
      setAsksCode(true);
      setTrouble(null);
      return;
    }
    setTrouble(words(error, asksCode));
    if (error instanceof Problem && error.status === 429) setWait(error.retryAfter ?? 5);
    if (isProblem(error, 'access.sign_in_refused')) {
      // With a code it is most often the code: it is good for half a minute.
      setTyped((before) => ({ ...before, password: asksCode ? before.password : '', code: '' }));
      (asksCode ? codeField : passwordField).current?.focus();
    }
  };

  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || wait > 0) return;
    setBusy(true);
    setTrouble(null);
    try {
      const { code, ...rest } = typed;
      await submit(asksCode ? { ...rest, code: code.replace(/\s/g, '') } : rest);
    } catch (error) {
      refused(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={send} className={classes.form} noValidate>
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      {name === undefined ? (
        <TextInput
          label="Name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={typed.name}
          onChange={(event) => {
            setTyped({ ...typed, name: event.currentTarget.value });
            // Whether another person needs one is not known.
            setAsksCode(withCode);
          }}
        />
      ) : (
        <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      )}
      <SecretInput
        ref={passwordField}
        label="Password"
        name="password"
        autoComplete="current-password"
        data-autofocus={name !== undefined ? true : undefined}
        value={typed.password}
        onChange={(event) => setTyped({ ...typed, password: event.currentTarget.value })}
      />
      {asksCode && (
        <TextInput
          ref={codeField}
          label="Code"
          description="The six digits that your authenticator shows now"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={10}
          classNames={{ input: classes.code ?? '' }}
          value={typed.code}
          onChange={(event) => setTyped({ ...typed, code: event.currentTarget.value })}
        />
      )}
      <Button type="submit" fullWidth loading={busy} disabled={wait > 0}>
        {wait > 0 ? `Again in ${wait} s` : action}
      </Button>
      {children}
    </form>
  );
}
