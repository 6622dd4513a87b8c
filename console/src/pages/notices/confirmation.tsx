import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import type { NoticeSubscription } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { tell } from '~/parts/tell';

import classes from './notices.module.css';
import { confirm, sendCode } from './use_subscription';

/** An address gets nothing until the code is typed that was sent to it. */
export function Confirmation({ one }: { one: NoticeSubscription }) {
  const [code, setCode] = useState('');
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setTrouble(await confirm(one.id, code));
    setBusy(false);
  };
  const again = async () => {
    setBusy(true);
    const wrong = await sendCode(one.id);
    setTrouble(wrong);
    if (!wrong) tell({ kind: 'good', text: `Another code is on its way to ${isolated(one.address)}.` });
    setBusy(false);
  };
  return (
    <form className={classes.add} onSubmit={(event) => void submit(event)} noValidate>
      <TextInput
        label={`Code that was sent to ${isolated(one.address)}`}
        description="Until it is typed, nothing else comes there."
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        error={trouble || undefined}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button type="submit" loading={busy} disabled={code.trim() === ''} className={classes.below ?? ''}>
        Confirm
      </Button>
      <Button variant="default" loading={busy} className={classes.below ?? ''} onClick={() => void again()}>
        Send another code
      </Button>
    </form>
  );
}
