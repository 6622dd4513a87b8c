import { expect, test } from 'vitest';

import type { OldPassword } from '~/api/types';

import { fileProblem, seenWords, signWords } from './old_password_words';

const sign = (over: Partial<OldPassword['seen'][number]>) => ({
  at: '2026-11-29T14:20:00Z',
  kind: 'wrong_password' as const,
  controller: 'dc1.example.test',
  text: 'Somebody showed a wrong password.',
  last: null,
  times: 1,
  ...over,
});

test('kinds are words, bad ones look so, a stranger’s sign-ins too', () => {
  expect(signWords(sign({}))).toEqual({ label: 'Wrong password', tone: 'warn' });
  expect(signWords(sign({ kind: 'locked_out' })).tone).toBe('bad');
  expect(signWords(sign({ kind: 'our_own' })).tone).toBe('still');
  const from = (whose: string) => sign({ kind: 'events', text: `ex01 (${whose}): 3 let in, 0 refused` });
  expect(signWords(from('this server'))).toEqual({ label: 'From the event log', tone: 'still' });
  expect(signWords(from('somebody else'))).toEqual({ label: 'Somebody else', tone: 'warn' });
});

test('that nobody uses it is never said', () => {
  expect(seenWords({ seen: [], unlisted: 0 })).toBe('The directory shows no use of another password so far.');
  expect(seenWords({ seen: [sign({ kind: 'our_own' })], unlisted: 0 })).toContain('Mailward’s and Exchange’s own');
  expect(seenWords({ seen: [sign({})], unlisted: 4 })).toMatch(/still shows another password.*4 more are not listed/);
});

test('a file that is too large is not sent', () => {
  expect(fileProblem({ name: 'a.csv', size: 900_000 })).toBe('');
  expect(fileProblem({ name: 'a.csv', size: 900_001 })).toContain('900 kB. Cut it by time');
  expect(fileProblem({ name: 'a.csv', size: 0 })).toContain('empty');
});
