import { expect, test } from 'vitest';

import type { RenewalItem } from '~/api/types';

import { progressWords } from './words';

const item = (state: RenewalItem['state'], way: RenewalItem['way'] = 'by_itself') => ({ state, way }) as RenewalItem;

test('how far a plan is names what waits and what failed', () => {
  expect(progressWords([item('done'), item('planned'), item('kept', 'stays')])).toBe('1 of 2 renewed');
  expect(progressWords([item('done'), item('waiting'), item('failed')])).toBe(
    '1 of 3 renewed · 1 waits for a person · 1 failed',
  );
});
