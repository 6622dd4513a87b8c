import { expect, test } from 'vitest';

import { Gate } from './gate';

test('several requests wait for one answer', async () => {
  const gate = new Gate();
  const first = gate.ask('confirm');
  const second = gate.ask('confirm');
  expect(gate.asked()).toBe('confirm');
  gate.answer(true);
  expect(await Promise.all([first, second])).toEqual([true, true]);
  expect(gate.asked()).toBeNull();
});

test('an ended session outweighs a confirmation', async () => {
  const gate = new Gate();
  const confirmed = gate.ask('confirm');
  const signedIn = gate.ask('sign_in');
  expect(gate.asked()).toBe('sign_in');
  const late = gate.ask('confirm');
  expect(gate.asked()).toBe('sign_in');
  gate.answer(false);
  expect(await Promise.all([confirmed, signedIn, late])).toEqual([false, false, false]);
});
