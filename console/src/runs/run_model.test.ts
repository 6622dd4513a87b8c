import { expect, test } from 'vitest';

import type { RunChanges, Step } from '~/api/types';

import { applied, outcomeOf } from './run_model';

const step = (position: number, seq: number, outcome: Step['outcome']) => ({ position, seq, outcome }) as Step;
const run = (seq: number, steps: Step[], rest: Partial<RunChanges> = {}) =>
  ({ id: 'r', state: 'running', result: {}, seq, steps, ...rest }) as RunChanges;

test('a step that ends takes its own place, a new one comes after', () => {
  const before = run(4, [step(1, 2, 'ok'), step(2, 4, 'running')]);
  const after = applied(before, run(7, [step(3, 7, 'running'), step(2, 6, 'failed')]));
  expect(after.steps.map((one) => [one.position, one.outcome])).toEqual([
    [1, 'ok'],
    [2, 'failed'],
    [3, 'running'],
  ]);
});

test('what comes late changes nothing', () => {
  const before = run(9, [step(1, 9, 'ok')]);
  expect(applied(before, run(3, [step(1, 3, 'running')]))).toBe(before);
});

test('another run begins anew', () => {
  const other = run(1, [], { id: 'other' });
  expect(applied(run(9, [step(1, 9, 'ok')]), other)).toBe(other);
});

test.each([
  ['running', {}, 'running'],
  ['succeeded', { state: 'healthy', verdict: 'none' }, 'good'],
  ['succeeded', { state: 'degraded', verdict: 'clock_skew' }, 'degraded'],
  ['succeeded', { state: 'needs_credential', verdict: 'bad_password' }, 'bad'],
  ['succeeded', { state: 'untested', verdict: 'account_busy' }, 'none'],
  ['interrupted', {}, 'none'],
  ['cancelled', { state: 'failing', verdict: 'cancelled' }, 'none'],
] as const)('%s with %o is %s', (state, result, outcome) =>
  expect(outcomeOf(run(1, [], { state, result }))).toBe(outcome),
);
