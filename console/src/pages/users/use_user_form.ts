import { useState } from 'react';

import { request, segment } from '~/api/client';
import { byField, isProblem, Problem, sentence } from '~/api/problem';
import type { Invited, RoleName, User } from '~/api/types';
import { queries } from '~/session/session';
import { usersQuery } from '~/users/queries';

export interface UserValues {
  name: string;
  display_name: string;
  roles: RoleName[];
  reads_content: boolean;
  enabled: boolean;
}

function valuesOf(user: User | null): UserValues {
  if (!user) return { name: '', display_name: '', roles: [], reads_content: false, enabled: true };
  const { name, display_name, roles, reads_content, enabled } = user;
  return { name, display_name, roles, reads_content, enabled };
}

/** A user being made or changed. */
export function useUserForm(user: User | null) {
  const [base, setBase] = useState(user);
  const [values, setValues] = useState(() => valuesOf(user));
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [trouble, setTrouble] = useState('');
  const [newer, setNewer] = useState<User | null>(null);
  const [busy, setBusy] = useState(false);
  const path = base ? '/users/' + segment(base.id) : '/users';

  /** Does it, tells what the service refused; gives what it answered, or null. */
  const act = async <T>(deed: () => Promise<T>): Promise<T | null> => {
    setBusy(true);
    setProblems({});
    setTrouble('');
    try {
      const answer = await deed();
      await queries.invalidateQueries({ queryKey: usersQuery.queryKey });
      return answer;
    } catch (error) {
      const fields = byField(error);
      setProblems(fields);
      if (base && isProblem(error, 'access.version_changed')) {
        setNewer(await request<User>('GET', path));
      } else if (Object.keys(fields).length === 0) {
        setTrouble(error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.');
      }
      return null;
    } finally {
      setBusy(false);
    }
  };

  return {
    values,
    problems,
    trouble,
    newer,
    busy,
    set: (change: Partial<UserValues>) => setValues((before) => ({ ...before, ...change })),
    takeNewer: () => {
      if (!newer) return;
      setBase(newer);
      setValues(valuesOf(newer));
      setNewer(null);
    },
    create: () => {
      const { name, display_name, roles, reads_content } = values;
      return act(() =>
        request<Invited>('POST', path, { body: { name: name.trim(), display_name, roles, reads_content } }),
      );
    },
    save: () => {
      const { display_name, roles, reads_content, enabled } = values;
      return act(() =>
        request<User>('PUT', path, { body: { version: base?.version, display_name, roles, reads_content, enabled } }),
      );
    },
    reset: () => act(() => request<Invited>('POST', path + '/reset')),
    resetTotp: () => act(() => request<User>('POST', path + '/totp-reset')),
    remove: () =>
      act(async () => {
        await request('DELETE', `${path}?version=${base?.version ?? 0}`);
        return true;
      }),
  };
}

export type UserForm = ReturnType<typeof useUserForm>;
