import { useState } from 'react';

import { request, segment } from '~/api/client';
import { isProblem, Problem } from '~/api/problem';
import type { AccountDetail } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { tell } from '~/parts/tell';
import { useAsk } from '~/parts/use_ask';
import { queries } from '~/session/session';

import { accountQuery } from './queries';
import { problemsOf } from './use_reset_account';

type Connections = AccountDetail['connections'];

export type TwinQuestion =
  | { kind: 'oddities'; detail: string }
  /** `before`: what was shown, where that is no more. */
  | { kind: 'routes'; connections: Connections; before: Connections | null };

/** Whether a password typed for these goes where one was shown that it goes. */
function isSameRoute(a: Connections, b: Connections): boolean {
  const text = (all: Connections) => all.map((one) => `${one.id} ${one.destination ?? ''}`).join('\n\n');
  return text(a) === text(b);
}

/** The form of an account's twin. What was typed stays, whatever is saved elsewhere meanwhile. */
export function useTwin(account: AccountDetail) {
  const [base, setBase] = useState(account);
  const [name, setName] = useState(account.twin_name);
  const [password, setPassword] = useState('');
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [trouble, setTrouble] = useState<Problem | string | null>(null);
  const [busy, setBusy] = useState(false);
  const { asked, ask } = useAsk<TwinQuestion>();

  const dirty = name.trim() !== base.twin_name || password !== '';
  const adopt = (stored: AccountDetail) => {
    setBase(stored);
    setName(stored.twin_name);
    setPassword('');
    setProblems({});
    setTrouble(null);
  };
  if (account !== base && account.version >= base.version) {
    if (account.twin_name === base.twin_name) setBase(account);
    else if (!dirty) adopt(account);
  }
  const newer = account.version > base.version && account.twin_name !== base.twin_name ? account : null;

  const remember = (saved: AccountDetail) => {
    adopt(saved);
    queries.setQueryData(accountQuery(saved.id).queryKey, saved);
    // The twin's own page shows it, too.
    void queries.invalidateQueries({ queryKey: ['accounts'] });
    void queries.invalidateQueries({ queryKey: ['schedule'] });
  };

  const fetchNow = () => request<AccountDetail>('GET', '/accounts/' + segment(base.id));

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
    request<AccountDetail>('PUT', `/accounts/${segment(base.id)}/twin`, {
      body: { version: base.version, name: name.trim(), ...body },
    });

  /** With the password: to where the person saw that it goes, and after he was asked about what looks mistyped. */
  const sendPassword = async (): Promise<AccountDetail | null> => {
    let seen = base.connections;
    let confirmed = false;
    const isProven = seen.every((one) => one.destination_proven);
    if (!isProven && !(await ask({ kind: 'routes', connections: seen, before: null }))) return null;
    for (;;) {
      const connections = seen.map((one) => one.id);
      const destinations = seen.map((one) => one.destination ?? '');
      try {
        return await send({ password, password_confirmed: confirmed, connections, destinations });
      } catch (error) {
        if (isProblem(error, 'connections.suspicious_password') && !confirmed) {
          if (!(await ask({ kind: 'oddities', detail: error.detail }))) return null;
          confirmed = true;
          continue;
        }
        if (!isProblem(error, 'connections.destination_changed')) throw error;
        const now = (await fetchNow()).connections;
        if (isSameRoute(seen, now)) throw error;
        if (!(await ask({ kind: 'routes', connections: now, before: seen }))) return null;
        seen = now;
      }
    }
  };

  /** Tells what became of it: done where `deed` gives the account as it stands then. */
  const act = async (deed: () => Promise<AccountDetail | null>, done: (saved: AccountDetail) => string) => {
    if (busy) return;
    setProblems({});
    setTrouble(null);
    setBusy(true);
    try {
      const saved = await deed();
      if (!saved) return;
      remember(saved);
      tell({ kind: 'good', text: done(saved) });
    } catch (error) {
      await refuse(error);
    } finally {
      setBusy(false);
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
    setName: (typed: string) => {
      setName(typed);
      setProblems({});
    },
    setPassword: (typed: string) => {
      setPassword(typed);
      setProblems({});
    },
    takeNewer: () => newer && adopt(newer),
    save: () =>
      name.trim() === ''
        ? setProblems({ name: 'Name it: UPN or DOMAIN\\name.' })
        : act(
            () => (password === '' ? send({}) : sendPassword()),
            (saved) =>
              `${isolated(saved.twin_name)} is its twin from now on. Choose the way Twin to let them take turns.`,
          ),
    remove: () =>
      act(
        () => request<AccountDetail>('DELETE', `/accounts/${segment(base.id)}/twin?version=${base.version}`),
        () => 'It has no twin any more.',
      ),
  };
}

export type TwinForm = ReturnType<typeof useTwin>;
