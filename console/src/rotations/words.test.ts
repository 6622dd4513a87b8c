import { expect, test } from 'vitest';

import { aLoad, anAccount, aRotation } from '../../dev/samples';
import { type Way, wayOf } from './ways';
import { type Around, doorWords, experienceOf, loadName, meaningOf, missingFor, needsOf, rotationWords } from './words';

test('a rotation that ended well but not wholly is no good news', () => {
  expect(rotationWords({ state: 'finished', degraded: false })).toEqual({ label: 'Finished', tone: 'good' });
  expect(rotationWords({ state: 'finished', degraded: true })).toEqual({ label: 'Finished, degraded', tone: 'warn' });
  expect(rotationWords({ state: 'unclear', degraded: false }).tone).toBe('bad');
});

test('each end that is not plainly good is explained', () => {
  expect(meaningOf({ state: 'finished', degraded: false })).toBe('');
  expect(meaningOf({ state: 'finished', degraded: true })).toContain('Nothing has to be undone');
  expect(meaningOf({ state: 'undone', degraded: false })).toContain('of before stays in use');
  expect(meaningOf({ state: 'unclear', degraded: false })).toContain('A person has to find out');
});

test('all loads together, the longest hold of any', () => {
  const loads = [aLoad(), aLoad({ load: 'continuity_probe', calls: 9, failed: 2, held: 1, longest_hold_ms: 402 })];
  expect(experienceOf(loads)).toEqual({ calls: 821, failed: 2, held: 15, longestHoldMs: 402 });
  expect(experienceOf([])).toEqual({ calls: 0, failed: 0, held: 0, longestHoldMs: 0 });
});

test('how long the sign-in door was closed, also while it is', () => {
  expect(doorWords(aRotation())).toBe('412 ms');
  expect(doorWords(aRotation({ door_closed_ms: null, ended: null }))).toBe('now');
  expect(doorWords(aRotation({ door_closed: null, door_closed_ms: null, ended: null }))).toBe('not yet');
  expect(doorWords(aRotation({ door_closed: null, door_closed_ms: null }))).toBe('never');
});

test('loads have a product’s name, or words of their own', () => {
  expect(loadName('sync_and_recover')).toBe('Sync & Recover');
  expect(loadName('brand_new_load')).toBe('Brand new load');
});

test('what is missing is told with the way to it, in the order to deal with it', () => {
  expect(missingFor(anAccount())).toEqual([]);
  const bare = anAccount({ enabled: false, credentials: [], directory: null, reset_account: null });
  expect(missingFor(bare).map((one) => one.at)).toEqual(['account', 'used-by', 'directory', 'reset-account']);
  const refused = missingFor(anAccount({ reset_account_password: 'refused' }));
  expect(refused).toHaveLength(1);
  expect(refused[0]?.what).toContain('EXAMPLE\\mailward-reset');
});

test('each way is told what it wants, and nothing that another wants', () => {
  const at = (over: Parameters<typeof anAccount>[0], ...rest: [Way, Around?]) =>
    missingFor(anAccount({ reset_account: null, ...over }), ...rest).map((one) => one.at);
  expect(at({}, 'delegated_reset')).toEqual(['reset-account']);
  expect(at({}, 'self_change', { hasReader: true })).toEqual([]);
  expect(at({}, 'self_change', { hasReader: false })).toEqual(['/directories/070gxjhrjb5qd']);
  expect(at({}, 'twin')).toEqual(['twin']);
  expect(at({ twin: '070gxjhrjb5qf' }, 'twin')).toEqual([]);
  expect(at({}, 'external', { hasSource: false })).toEqual(['another-vault']);
  // A vault hands over the first password, too.
  expect(at({ credentials: [] }, 'external', { hasSource: true })).toEqual([]);
  expect(at({}, 'manual')).toEqual(['renewal']);
  // What is not known yet is not missed.
  expect(at({}, 'external')).toEqual([]);
  const refused = { reset_account: '070gxjhrjb5qe', reset_account_password: 'refused' } as const;
  expect(at(refused, 'self_change', { hasReader: true })).toEqual([]);
});

test('what keeps a way from being chosen is less than what keeps it from being begun', () => {
  const bare = anAccount({ enabled: false, credentials: [], directory: null });
  expect(needsOf(bare, 'delegated_reset').map((one) => one.at)).toEqual(['directory']);
  expect(needsOf(bare, 'manual')).toEqual([]);
});

test('who has chosen no way gets the usual one', () => {
  expect(wayOf({ version: 0, mode: 'manual' })).toBe('delegated_reset');
  expect(wayOf({ version: 1, mode: 'manual' })).toBe('manual');
  expect(wayOf({ version: 0, mode: 'twin' })).toBe('twin');
});
