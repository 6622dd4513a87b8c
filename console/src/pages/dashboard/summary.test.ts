import { expect, test } from 'vitest';

import type { Connection, ConnectionState } from '~/api/types';

import { summary } from './summary';

const connections = (...states: ConnectionState[]) => states.map((state) => ({ state }) as Connection);

test.each([
  [['healthy'], 'The connection is healthy', 'good'],
  [['healthy', 'healthy', 'disabled'], 'All 2 connections are healthy', 'good'],
  [['healthy', 'degraded'], '1 connection works, but not as it should', 'warn'],
  [['degraded', 'failing', 'needs_credential'], '2 connections need a person', 'bad'],
  [['untested', 'healthy'], '1 connection has not been tested', 'still'],
  [['disabled'], 'Every connection is disabled', 'still'],
] as [ConnectionState[], string, string][])('%j: %s', (states, words, tone) => {
  expect(summary(connections(...states))).toMatchObject({ words, tone });
});

test('the numbers stand behind the sentence', () => {
  expect(summary(connections('failing', 'healthy', 'healthy')).detail).toBe('2 healthy · 1 failing');
});
