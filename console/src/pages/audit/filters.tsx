import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';

import type { AuditEntry } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { useUsers } from '~/users/queries';
import { actorWords } from '~/users/words';

import classes from './audit.module.css';
import type { AuditFilter } from './queries';
import { actKinds, actWords } from './words';

interface Props {
  filter: AuditFilter;
  entries: readonly AuditEntry[];
  onChange: (change: Partial<AuditFilter>) => void;
  onClear: () => void;
}

/** Whom one can look for: all users, and whoever else is seen here. */
function useActors(entries: readonly AuditEntry[], chosen: string) {
  const { data: users } = useUsers();
  const found = new Map<string, string>();
  for (const user of users ?? [])
    found.set('user:' + user.id, user.display_name ? `${isolated(user.display_name)} (${user.name})` : user.name);
  for (const entry of entries) if (!found.has(entry.actor)) found.set(entry.actor, actorWords(entry));
  if (chosen && !found.has(chosen)) found.set(chosen, chosen);
  return [...found].map(([value, label]) => ({ value, label }));
}

function actsToChoose(chosen: string) {
  return actKinds.some((one) => one.value === chosen) || !chosen
    ? actKinds
    : [...actKinds, { value: chosen, label: actWords(chosen) }];
}

/** A text that is looked for when it is finished, not at each letter. */
function Settled({
  value,
  onSettle,
  ...rest
}: {
  value: string;
  onSettle: (value: string) => void;
  label: string;
  className?: string;
  placeholder?: string;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const settle = () => {
    if (typed !== null && typed.trim() !== value) onSettle(typed.trim());
    setTyped(null);
  };
  return (
    <TextInput
      {...rest}
      spellCheck={false}
      value={typed ?? value}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={settle}
      onKeyDown={(event) => event.key === 'Enter' && settle()}
    />
  );
}

const outcomes = ['ok', 'refused', 'failed', 'healthy', 'degraded', 'failing', 'needs_credential', 'untested'].map(
  (value) => ({ value, label: value.replaceAll('_', ' ') }),
);

export function Filters({ filter, entries, onChange, onClear }: Props) {
  const actors = useActors(entries, filter.actor);
  const active = Object.values(filter).some((value) => value !== '');
  const choice = (
    name: 'actor' | 'action' | 'outcome',
    label: string,
    any: string,
    data: { value: string; label: string }[],
  ) => (
    <NativeSelect
      label={label}
      data={[{ value: '', label: any }, ...data]}
      value={filter[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
  );
  return (
    <div className={classes.filters} role="search">
      {choice('actor', 'Who', 'Anybody', actors)}
      {choice('action', 'What', 'Everything', actsToChoose(filter.action))}
      {choice('outcome', 'Outcome', 'Any', outcomes)}
      <TextInput
        type="date"
        label="Since"
        value={filter.from.slice(0, 10)}
        onChange={(event) => onChange({ from: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label="Before"
        value={filter.until.slice(0, 10)}
        onChange={(event) => onChange({ until: event.currentTarget.value })}
      />
      <Settled
        label="Address"
        placeholder="From where"
        value={filter.source}
        onSettle={(source) => onChange({ source })}
      />
      <Settled
        label="Request"
        placeholder="Its id"
        value={filter.request_id}
        onSettle={(request_id) => onChange({ request_id })}
      />
      {active && (
        <Button variant="default" onClick={onClear} className={classes.clear ?? ''}>
          Show all
        </Button>
      )}
    </div>
  );
}
