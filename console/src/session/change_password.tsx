import { Button } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import { request } from '~/api/client';
import { byField, isProblem, Problem, sentence } from '~/api/problem';
import { Notice } from '~/parts/notice';
import { SecretInput } from '~/parts/secret_input';

import { kLeastLetters, passwordTrouble } from './password_rules';
import { queries, useSession } from './session';
import classes from './session.module.css';

const empty = { current: '', chosen: '', again: '' };

function troubles(error: unknown): Record<string, string> {
  if (isProblem(error, 'access.sign_in_refused')) return { current: 'That is not your password.' };
  const { current_password: current, new_password: chosen, password, ...rest } = byField(error);
  const fields = {
    ...rest,
    ...(current ? { current } : {}),
    ...((chosen ?? password) ? { chosen: chosen ?? password ?? '' } : {}),
  };
  if (Object.keys(fields).length > 0) return fields;
  return {
    '': error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer. What you typed is still here.',
  };
}

/** One's own, by the one before. */
export function ChangePassword({ onDone }: { onDone: () => void | Promise<void> }) {
  const { user } = useSession();
  const [typed, setTyped] = useState(empty);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const { password, again } = passwordTrouble(typed.chosen, typed.again, user.name);
    setProblems({ ...(password ? { chosen: password } : {}), ...(again ? { again } : {}) });
    if (password || again) return;
    setBusy(true);
    try {
      await request('PUT', '/profile/password', {
        body: { current_password: typed.current, new_password: typed.chosen },
      });
      setTyped(empty);
      await queries.invalidateQueries({ queryKey: ['sessions'] });
      await onDone();
    } catch (error) {
      setProblems(troubles(error));
    } finally {
      setBusy(false);
    }
  };
  const field = (name: keyof typeof empty, label: string, complete: string, description?: string) => (
    <SecretInput
      label={label}
      description={description}
      autoComplete={complete}
      value={typed[name]}
      error={problems[name]}
      onChange={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
    />
  );
  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      {problems[''] && <Notice kind="bad">{problems['']}</Notice>}
      <input type="text" name="username" autoComplete="username" value={user.name} readOnly hidden />
      {field('current', 'Current password', 'current-password')}
      {field('chosen', 'New password', 'new-password', `At least ${kLeastLetters} characters`)}
      {field('again', 'Repeat new password', 'new-password')}
      <Button type="submit" variant="default" loading={busy} disabled={typed.current === '' || typed.chosen === ''}>
        Change password
      </Button>
    </form>
  );
}
