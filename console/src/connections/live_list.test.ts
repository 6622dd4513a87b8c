import { expect, test } from 'vitest';

import type { Connection } from '~/api/types';

import { merged } from './live_list';

const connection = (id: string, description: string) => ({ id, description }) as Connection;

test('a change takes the place of what it changes, adds and removes', () => {
  const before = [connection('a', 'one'), connection('b', 'two'), connection('c', 'three')];
  const after = merged(before, {
    seq: 9,
    complete: false,
    connections: [connection('d', 'new'), connection('b', 'other')],
    deleted: ['a'],
  });
  expect(after.map((one) => one.id + one.description)).toEqual(['bother', 'cthree', 'dnew']);
  expect(before).toHaveLength(3);
});
