import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import { request } from '~/api/client';
import { byField } from '~/api/problem';
import { Section } from '~/parts/section';
import { tell } from '~/parts/tell';
import { queries, sessionQuery, useSession } from '~/session/session';

export function NameForm() {
  const { user } = useSession();
  const [name, setName] = useState(user.display_name);
  const [problem, setProblem] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await request('PUT', '/profile', { body: { display_name: name.trim() } });
      await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
      tell({ kind: 'good', text: 'Your name is saved.' });
    } catch (error) {
      setProblem(byField(error)['display_name'] ?? 'It could not be saved.');
    } finally {
      setBusy(false);
    }
  };
  return (
    <Section title="Name" lead="What others see of you, here and in the audit trail.">
      <form onSubmit={submit} noValidate>
        <TextInput
          label="Display name"
          autoComplete="name"
          value={name}
          error={problem}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={busy} disabled={name.trim() === user.display_name}>
          Save name
        </Button>
      </form>
    </Section>
  );
}
