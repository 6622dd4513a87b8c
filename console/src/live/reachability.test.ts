import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Reachability } from './reachability';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('silence is told, and the service is asked until it answers', async () => {
  let up = false;
  const ask = vi.fn(() => (up ? Promise.resolve() : Promise.reject(new Error('away'))));
  const back = vi.fn();
  const reachability = new Reachability(ask);
  reachability.whenBack(back);
  reachability.silent();
  expect(reachability.state()).toBe('away');
  await vi.advanceTimersByTimeAsync(4000);
  expect(ask.mock.calls.length).toBeGreaterThan(1);
  up = true;
  await vi.advanceTimersByTimeAsync(4000);
  expect(reachability.state()).not.toBe('away');
  expect(back).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(5000);
  expect(reachability.state()).toBe('here');
});

test('a service that answers this and not that is not hammered', async () => {
  const reachability: Reachability = new Reachability(() => Promise.resolve());
  const back = vi.fn(() => reachability.silent());
  reachability.whenBack(back);
  reachability.silent();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(back.mock.calls.length).toBeLessThan(30);
});
