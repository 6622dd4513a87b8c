import { request, segment } from '~/api/client';
import { byField, Problem, sentence } from '~/api/problem';
import type { NoticeSubscription, Severity } from '~/api/types';
import { tell } from '~/parts/tell';
import { queries } from '~/session/session';

import { subscriptionsQuery } from './queries';

export interface Wish {
  all: boolean;
  kinds: string[];
  least_severity: Severity;
}

function wordsOf(error: unknown): string {
  const field = Object.values(byField(error))[0];
  return field ?? (error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.');
}

/** Shown at once, and as it was where Mailward says no. */
export async function change(one: NoticeSubscription, wish: Wish): Promise<void> {
  const before = queries.getQueryData(subscriptionsQuery.queryKey);
  queries.setQueryData(subscriptionsQuery.queryKey, (all) =>
    all?.map((each) => (each.id === one.id ? { ...each, ...wish } : each)),
  );
  try {
    const { channel, address, owner } = one;
    const body = { channel, address, ...wish, ...(owner ? { user: owner } : { house: true }) };
    await request('PUT', '/notices/subscriptions', { body });
  } catch (error) {
    queries.setQueryData(subscriptionsQuery.queryKey, before);
    tell({ kind: 'bad', text: wordsOf(error) });
  }
}

export async function end(one: NoticeSubscription): Promise<void> {
  try {
    await request('DELETE', '/notices/subscriptions/' + segment(one.id));
  } catch (error) {
    tell({ kind: 'bad', text: wordsOf(error) });
  }
  await queries.invalidateQueries({ queryKey: subscriptionsQuery.queryKey });
}

const pathOf = (id: string) => '/notices/subscriptions/' + segment(id);

/** Sends a code to the address. Returns what was wrong, or nothing. */
export async function sendCode(id: string): Promise<string> {
  try {
    await request('POST', pathOf(id) + '/code');
    return '';
  } catch (error) {
    return wordsOf(error);
  }
}

/** Returns what was wrong, or nothing. */
export async function confirm(id: string, code: string): Promise<string> {
  try {
    await request('POST', pathOf(id) + '/confirm', { body: { code: code.trim() } });
  } catch (error) {
    return wordsOf(error);
  }
  await queries.invalidateQueries({ queryKey: subscriptionsQuery.queryKey });
  return '';
}

/**
 * Everything from warnings on, to begin with; an address that must be confirmed gets its code at once. Returns what was
 * wrong, or nothing.
 */
export async function begin(channel: string, address: string, house: boolean): Promise<string> {
  try {
    const body = { channel, address, all: true, least_severity: 'warning', ...(house ? { house } : {}) };
    const made = await request<NoticeSubscription>('PUT', '/notices/subscriptions', { body });
    const trouble = made.confirmed ? '' : await sendCode(made.id);
    await queries.invalidateQueries({ queryKey: subscriptionsQuery.queryKey });
    return trouble;
  } catch (error) {
    return wordsOf(error);
  }
}
