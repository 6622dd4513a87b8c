import { expect, test } from 'vitest';

import { kindWord, titleOf } from './words';

test('a kind is read as words', () => {
  expect(kindWord('rotation_failed')).toBe('Rotation failed');
});

test('a title says how many posts it stands for', () => {
  expect(titleOf({ title: 'It broke', times: 1 })).toBe('It broke');
  expect(titleOf({ title: 'It broke', times: 42 })).toBe('It broke (and 41 more)');
});
