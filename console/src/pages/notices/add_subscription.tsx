import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import type { NoticeChannel } from '~/api/types';
import { useMay } from '~/session/session';

import classes from './notices.module.css';
import { begin } from './use_subscription';

/** One more address. A webhook is the house's, and only for those who may change channels. */
export function AddSubscription({ channels }: { channels: NoticeChannel[] }) {
  const mayChange = useMay('change_connections');
  const offered = channels.filter((one) => mayChange || one.kind === 'relay');
  const [chosen, setChosen] = useState('');
  const [address, setAddress] = useState('');
  const [house, setHouse] = useState(false);
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const channel = offered.find((one) => one.id === chosen) ?? offered[0];
  if (!channel) return <p className={classes.hint}>There is no email relay yet by which anything could come to you.</p>;
  const isRelay = channel.kind === 'relay';
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    const wrong = await begin(channel.id, isRelay ? address.trim() : '', house || !isRelay);
    setTrouble(wrong);
    if (!wrong) setAddress('');
    setBusy(false);
  };
  return (
    <form className={classes.add} onSubmit={(event) => void submit(event)} noValidate>
      <NativeSelect
        label="By"
        value={channel.id}
        data={offered.map((one) => ({ value: one.id, label: one.name }))}
        onChange={(event) => {
          setChosen(event.currentTarget.value);
          setTrouble('');
        }}
      />
      {isRelay && (
        <TextInput
          label="To the address"
          type="email"
          autoComplete="email"
          placeholder="you@example.test"
          value={address}
          error={trouble || undefined}
          onChange={(event) => setAddress(event.currentTarget.value)}
        />
      )}
      {isRelay && mayChange && (
        <Checkbox
          className={classes.house ?? ''}
          label="For the house, not for me"
          checked={house}
          onChange={(event) => setHouse(event.currentTarget.checked)}
        />
      )}
      <Button type="submit" variant="default" loading={busy} className={classes.go ?? ''}>
        Subscribe
      </Button>
      {!isRelay && trouble && <p className={classes.bad}>{trouble}</p>}
    </form>
  );
}
