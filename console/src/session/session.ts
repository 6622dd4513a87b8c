import { QueryClient, queryOptions, useQuery } from '@tanstack/react-query';

import { request, setDoorkeeper } from '~/api/client';
import { isProblem, Unreachable } from '~/api/problem';
import type { Right, Session } from '~/api/types';

import { gate } from './gate';
import { isSomebodyHere } from './presence';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A no is an answer; silence is what the banner and `whenBack` are for.
      retry: false,
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});

/** The session, or null where nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Infinity,
  gcTime: Infinity,
  queryFn: async (): Promise<Session | null> => {
    try {
      return await request<Session>('GET', '/session', { plain: true });
    } catch (error) {
      if (isProblem(error) && error.status === 401) return null;
      throw error;
    }
  },
});

export function currentSession(): Session | null {
  return queries.getQueryData(sessionQuery.queryKey) ?? null;
}

export function takeSession(session: Session | null): void {
  queries.setQueryData(sessionQuery.queryKey, session);
}

export interface Credentials {
  name: string;
  password: string;
  code?: string;
}

export async function signIn(credentials: Credentials): Promise<void> {
  takeSession(await request<Session>('POST', '/session', { body: credentials, plain: true }));
}

export async function confirmSignIn(credentials: { password: string; code?: string }): Promise<void> {
  takeSession(await request<Session>('POST', '/session/confirm', { body: credentials, plain: true }));
}

/** Ends the session, and forgets all that was shown. */
export async function signOut(): Promise<void> {
  try {
    await request('DELETE', '/session', { plain: true });
  } catch (error) {
    // An ended session is what was asked for.
    if (error instanceof Unreachable) throw error;
  }
  takeSession(null);
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
}

setDoorkeeper({
  csrfToken: () => currentSession()?.csrf_token ?? null,
  isSomebodyHere,
  signInAgain: () => (currentSession() ? gate.ask('sign_in') : Promise.resolve(false)),
  confirmSignIn: () => gate.ask('confirm'),
  refresh: async () => (await queries.fetchQuery({ ...sessionQuery, staleTime: 0 })) !== null,
});

/** For what stands behind the sign-in: there is a session. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (!data) throw new Error('this stands behind the sign-in');
  return data;
}

export function useMay(right: Right): boolean {
  return useSession().user.rights.includes(right);
}
