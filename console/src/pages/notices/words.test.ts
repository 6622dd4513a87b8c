import { expect, test } from 'vitest';

import { kindWord, stateOf, titleOf } from './words';

test('a kind is read as words', () => {
  expect(kindWord('rotation_failed')).toBe('Rotation failed');
});

test('a title says how many posts it stands for', () => {
  expect(titleOf({ title: 'It broke', times: 1 })).toBe('It broke');
  expect(titleOf({ title: 'It broke', times: 42 })).toBe('It broke (and 41 more)');
});

test('a channel whose last message failed is not simply ready', () => {
  const channel = { state: 'ready', last_accepted: '2026-01-31T09:05:00.000Z', last_refused: null } as const;
  expect(stateOf(channel).word).toBe('Ready');
  expect(stateOf({ ...channel, last_refused: '2026-01-31T09:06:00.000Z' }).word).toBe('Last one failed');
  expect(stateOf({ ...channel, last_refused: '2026-01-31T09:04:00.000Z' }).word).toBe('Ready');
  expect(stateOf({ ...channel, state: 'resting', last_refused: '2026-01-31T09:06:00.000Z' }).word).toBe(
    'Password refused',
  );
});
