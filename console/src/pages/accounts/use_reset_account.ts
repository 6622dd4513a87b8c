import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { request, segment } from '~/api/client';
import { isProblem, Problem, sentence } from '~/api/problem';
import type { AccountDetail } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { tell } from '~/parts/tell';
import { useAsk } from '~/parts/use_ask';
import { planQuery } from '~/rotations/queries';
import { queries, useMay } from '~/session/session';

import { formProblems } from './form_problems';
import { accountQuery } from './queries';

export type ResetQuestion =
  { kind: 'oddities'; detail: string } | { kind: 'route'; before: string; destination: string };

async function showDestination(account: string, name: string, signal?: AbortSignal): Promise<string> {
  const path = `/accounts/${segment(account)}/reset-destination`;
  const options = signal ? { body: { name }, signal } : { body: { name } };
  return (await request<{ destination: string }>('POST', path, options)).destination;
}

/** A password that must be typed is its field's matter. */
export function problemsOf(error: unknown): Record<string, string> {
  const fields = formProblems(error, ['name', 'password', 'connections']);
  if (isProblem(error, 'connections.password_must_be_typed')) fields['password'] ??= sentence(error.detail);
  return fields;
}

/** Without the name of who signs in there: that the person has typed himself. */
function placeOf(destination: string): string {
  return destination.replace(/^reader=.*$/m, '');
}

/** Where the password of a reset account of that name would go: known before it is typed. */
function useShownDestination(account: AccountDetail, name: string): string {
  const mayChange = useMay('change_connections');
  const [settled] = useDebouncedValue(name.trim(), 300);
  const { data } = useQuery({
    queryKey: ['reset_destination', account.id, account.directory, settled],
    queryFn: ({ signal }) => showDestination(account.id, settled, signal),
    enabled: mayChange && settled !== '' && account.directory !== null,
    placeholderData: keepPreviousData,
  });
  return name.trim() === '' ? '' : (data ?? '');
}

/** Whether what this form is about stands as it did. */
function isSame(a: AccountDetail, b: AccountDetail): boolean {
  return a.reset_account_name === b.reset_account_name && a.directory === b.directory;
}

/** The form of an account's reset account. What was typed stays, whatever is saved elsewhere meanwhile. */
export function useResetAccount(account: AccountDetail) {
  const [base, setBase] = useState(account);
  const [name, setName] = useState(account.reset_account_name);
  const [password, setPassword] = useState('');
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [trouble, setTrouble] = useState<Problem | string | null>(null);
  const [busy, setBusy] = useState(false);
  const { asked, ask } = useAsk<ResetQuestion>();
  const shown = useShownDestination(account, name);

  const dirty = name.trim() !== base.reset_account_name || password !== '';
  const adopt = (stored: AccountDetail) => {
    setBase(stored);
    setName(stored.reset_account_name);
    setPassword('');
    setProblems({});
    setTrouble(null);
  };
  if (account !== base && account.version >= base.version) {
    if (isSame(account, base)) setBase(account);
    else if (!dirty) adopt(account);
  }
  /** Somebody else saved another one, while something is typed here. */
  const newer = account.version > base.version && !isSame(account, base) ? account : null;

  const remember = (saved: AccountDetail) => {
    adopt(saved);
    queries.setQueryData(accountQuery(saved.id).queryKey, saved);
    void queries.invalidateQueries({ queryKey: ['accounts'], exact: true });
    // Who has chosen no way is renewed by the reset account, where there is one.
    void queries.invalidateQueries({ queryKey: planQuery(saved.id).queryKey });
  };

  const refuse = async (error: unknown) => {
    if (isProblem(error, 'connections.version_conflict')) {
      await queries.invalidateQueries({ queryKey: accountQuery(account.id).queryKey });
    }
    const fields = problemsOf(error);
    setProblems(fields);
    if (Object.keys(fields).length > 0) return;
    setTrouble(error instanceof Problem ? error : 'Not saved: Mailward does not answer. What you typed is still here.');
  };

  const send = (body: object) =>
    request<AccountDetail>('PUT', `/accounts/${segment(base.id)}/reset-account`, {
      body: { version: base.version, name: name.trim(), ...body },
    });

  /** With the password: to where the person saw that it goes, and after he was asked about what looks mistyped. */
  const sendPassword = async (): Promise<AccountDetail | null> => {
    let seen = shown;
    let confirmed = false;
    for (;;) {
      const destination = await showDestination(base.id, name.trim());
      if (placeOf(seen) !== placeOf(destination) && !(await ask({ kind: 'route', before: seen, destination })))
        return null;
      seen = destination;
      try {
        return await send({ password, password_confirmed: confirmed, destination });
      } catch (error) {
        if (isProblem(error, 'connections.suspicious_password') && !confirmed) {
          if (!(await ask({ kind: 'oddities', detail: error.detail }))) return null;
          confirmed = true;
        } else if (!isProblem(error, 'connections.destination_changed')) {
          throw error;
        }
      }
    }
  };

  return {
    base,
    name,
    password,
    problems,
    trouble,
    busy,
    dirty,
    newer,
    asked,
    /** Where a password typed here goes; '' where no name stands yet. */
    destination: shown,
    setName: (typed: string) => {
      setName(typed);
      setProblems({});
    },
    setPassword: (typed: string) => {
      setPassword(typed);
      setProblems({});
    },
    takeNewer: () => newer && adopt(newer),
    save: async () => {
      if (busy) return;
      setProblems({});
      setTrouble(null);
      if (name.trim() === '') return setProblems({ name: 'Name it: UPN or DOMAIN\\name.' });
      setBusy(true);
      try {
        const saved = password === '' ? await send({}) : await sendPassword();
        if (!saved) return;
        remember(saved);
        tell({ kind: 'good', text: `${isolated(saved.reset_account_name)} sets this account’s password from now on.` });
      } catch (error) {
        await refuse(error);
      } finally {
        setBusy(false);
      }
    },
    remove: async () => {
      setBusy(true);
      setTrouble(null);
      try {
        const path = `/accounts/${segment(base.id)}/reset-account?version=${base.version}`;
        remember(await request<AccountDetail>('DELETE', path));
        tell({ kind: 'good', text: 'No account sets this one’s password from now on.' });
      } catch (error) {
        await refuse(error);
      } finally {
        setBusy(false);
      }
    },
  };
}

export type ResetForm = ReturnType<typeof useResetAccount>;
