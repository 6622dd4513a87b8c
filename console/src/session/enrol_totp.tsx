import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import { request } from '~/api/client';
import { isProblem, Problem, sentence } from '~/api/problem';
import { Copyable } from '~/parts/copyable';
import { QrCode } from '~/parts/qr_code';

import { CredentialsForm } from './credentials_form';
import classes from './session.module.css';
import { queries, sessionQuery, useSession } from './session';

interface Begun {
  secret: string;
  uri: string;
}

function words(error: unknown): string {
  if (isProblem(error, 'access.wrong_code'))
    return 'That code does not fit. Take the one that is shown now; is the phone’s clock right?';
  return error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.';
}

function Prove({ begun, onDone }: { begun: Begun; onDone: () => void }) {
  const [code, setCode] = useState('');
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await request('POST', '/profile/totp/prove', { body: { code: code.replace(/\s/g, '') } });
      await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
      onDone();
    } catch (error) {
      setProblem(words(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      <p className={classes.step}>Scan this with your authenticator, or type the key into it.</p>
      <div className={classes.qr}>
        <QrCode text={begun.uri} label="The authenticator’s key as a QR code" />
      </div>
      <div className={classes.key}>
        <Copyable text={begun.secret} />
      </div>
      <TextInput
        label="Code"
        description="The six digits that it shows now"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={10}
        autoFocus
        classNames={{ input: classes.code ?? '' }}
        value={code}
        error={problem}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" fullWidth loading={busy}>
        Use this authenticator
      </Button>
    </form>
  );
}

/** Adds an authenticator: the password first, then the key, then a code that proves that it was kept. */
export function EnrolTotp({ onDone }: { onDone: () => void }) {
  const { user } = useSession();
  const [begun, setBegun] = useState<Begun | null>(null);
  if (begun) return <Prove begun={begun} onDone={onDone} />;
  return (
    <CredentialsForm
      name={user.name}
      action="Go on"
      submit={async ({ password }) => setBegun(await request<Begun>('POST', '/profile/totp', { body: { password } }))}
    />
  );
}
