import { expect, test } from 'vitest';

import type { Step } from '~/api/types';

import { evidenceOf, inPhases, stepSummary, stepTitle, switchOf, wasInterrupted } from './step_words';

const step = (name: string, evidence: Step['evidence'], rest: Partial<Step> = {}) =>
  ({ position: 1, name, outcome: 'ok', evidence, remedy: '', started: '', milliseconds: 1, seq: 1, ...rest }) as Step;

test('a step that nobody here knows is still told', () => {
  const one = step('brand_new_check', { address: '10.0.0.1', seen: true, list: ['a', 'b'], deep: { a: 1 } });
  expect(stepTitle(one.name)).toBe('Brand new check');
  expect(stepSummary(one)).toBe('yes · a, b');
  expect(evidenceOf(one)).toEqual([
    ['Address', '10.0.0.1'],
    ['Seen', 'yes'],
    ['List', 'a, b'],
    ['Deep', '{"a":1}'],
  ]);
});

test('an error says more than anything else', () => {
  expect(stepSummary(step('tls', { protocol: 'TLSv1.3', error: 'it has expired' }))).toBe('it has expired');
});

test('what is always written in capitals is', () => {
  expect(evidenceOf(step('tls', { sha256: 'AB', last_sha256: 'CD', base_dn: 'E' })).map(([name]) => name)).toEqual([
    'SHA-256',
    'Last SHA-256',
    'Base DN',
  ]);
});

test('a step that its run left is no failure of what it tests', () => {
  expect(wasInterrupted(step('tcp', null, { outcome: 'failed' }), 'interrupted')).toBe(true);
  expect(wasInterrupted(step('tcp', { error: 'refused' }, { outcome: 'failed' }), 'interrupted')).toBe(false);
  expect(wasInterrupted(step('tcp', null, { outcome: 'failed' }), 'succeeded')).toBe(false);
});

test('a step that an earlier process has left is no failure, for the run goes on with it anew', () => {
  const left = step('front_ends', { error: 'the service ended in the middle of it' }, { outcome: 'failed' });
  expect(wasInterrupted(left, 'succeeded')).toBe(true);
});

test('no evidence is no trouble', () => {
  expect(stepSummary(step('tls', null))).toBe('');
  expect(evidenceOf(step('tls', null))).toEqual([]);
});

test('steps stand under headings in the order of the test', () => {
  const steps = ['name_resolution', 'tcp', 'http_endpoint', 'sign_in', 'impersonation', 'brand_new_check'].map((name) =>
    step(name, {}),
  );
  expect(inPhases(steps).map((phase) => [phase.title, phase.steps.length])).toEqual([
    ['Network', 2],
    ['Web service', 1],
    ['Signing in', 1],
    ['Exchange and mailboxes', 2],
  ]);
});

test('the way by a proxy belongs to the network', () => {
  const steps = ['proxy', 'name_resolution', 'tcp', 'http_endpoint'].map((name) => step(name, {}));
  expect(inPhases(steps).map((phase) => [phase.title, phase.steps.length])).toEqual([
    ['Network', 3],
    ['Web service', 1],
  ]);
});

test('the steps of a rotation stand under headings of their own', () => {
  const names = ['account', 'policy', 'seal', 'close_door', 'reset', 'settle', 'prove', 'undo'];
  const later = ['front_ends', 'controllers', 'retire', 'loads'];
  const steps = [...names, ...later].map((name) => step(name, {}));
  expect(inPhases(steps, 'rotation').map((phase) => [phase.title, phase.steps.length])).toEqual([
    ['Before anything is changed', 3],
    ['The change', 5],
    ['Afterwards', 4],
  ]);
  for (const { name } of steps) expect(stepTitle(name).toLowerCase()).not.toBe(name.replaceAll('_', ' '));
});

test('what a rotation’s steps saw, in a line each', () => {
  const lines: [string, Step['evidence'], string][] = [
    ['account', { account: 'svc', reset_account: 'reset', dn: 'CN=svc', controller: 'dc1' }, 'CN=svc'],
    ['policy', { policy: 'Default Domain Policy', length: 64 }, 'Default Domain Policy · 64 characters'],
    ['password_setters', { 'mailward-reset': 'Reset Password on it', Admins: 'owner' }, 'mailward-reset, Admins'],
    ['seal', { password: 3, length: 64, recovery_file: 'recovery.log', generation: 2 }, 'recovery.log'],
    ['close_door', { waited_for_sign_ins_ms: 12 }, 'waited 12 ms for sign-ins'],
    ['reset', { controller: 'dc1', milliseconds: 40 }, 'dc1 · 40 ms'],
    ['settle', { controller: 'dc1', waits_for: 'dc1 cannot be read' }, 'waits: dc1 cannot be read'],
    ['settle', { controller: 'dc1', has_taken_it: true }, 'it has the new password'],
    ['prove', { controller: 'dc1', by: 'bind', milliseconds: 9 }, 'LDAP sign-in'],
    ['undo', { controller: 'dc1', password: 'the old one was set again' }, 'dc1'],
    [
      'front_ends',
      { connection: 'Head office', verdict: 'none', front_ends: '10.0.0.1:443: none, 10.0.0.2:443: bad_password' },
      'Head office · 10.0.0.1:443: well, 10.0.0.2:443: bad_password',
    ],
    ['controllers', { taken_by: 'dc1', accepted_by: 'dc2', behind: 'dc3' }, 'signed in at dc2 · behind: dc3'],
    ['controllers', { taken_by: 'dc1', accepted_by: '', behind: '' }, 'there is no other'],
    ['controllers', { directory: 'none can be asked' }, 'none can be asked'],
    ['retire', { calls_under_way: 0 }, 'no call uses it'],
    ['retire', { calls_under_way: 1, streams_under_way: 2 }, '1 call ends on it, 2 streams end on it'],
    ['retire', { calls_under_way: 0, streams_under_way: 1 }, '1 stream ends on it'],
    ['loads', { calls: 812, calls_held: 3, longest_hold_ms: 80, calls_failed: 0 }, '812 calls, none failed'],
  ];
  for (const [name, evidence, line] of lines) expect(stepSummary(step(name, evidence))).toBe(line);
});

test('what was measured in milliseconds says so, and what stayed empty is left out', () => {
  const one = step('loads', { calls: 2, longest_hold_ms: 1400, milliseconds: 7, behind: '' });
  expect(evidenceOf(one)).toEqual([
    ['Calls', '2'],
    ['Longest hold', '1.4 s'],
    ['Took', '7 ms'],
  ]);
});

test('accounts that can set the password stand under their own names', () => {
  const found = step('password_setters', { 'mailward-reset': 'Reset Password on it' });
  expect(evidenceOf(found)).toEqual([['mailward-reset', 'Reset Password on it']]);
  const failed = step('password_setters', { error: 'no right' });
  expect(evidenceOf(failed)).toEqual([['Error', 'no right']]);
});

test('the steps of a twin and of another vault are told in words', () => {
  expect(stepSummary(step('switch', { switched: true, from: 'svc-a', to: 'svc-b' }))).toBe(
    'svc-b took over from svc-a',
  );
  expect(stepSummary(step('switch', { switched: false, why: 'Not every connection works.' }))).toBe(
    'Not every connection works.',
  );
  expect(stepSummary(step('fetch', { asked: 1, length: 20 }))).toBe('asked once');
  expect(stepSummary(step('fetch', { asked: 4, same_as_in_force: true }))).toBe('it is the one in force already');
  expect(switchOf([step('front_ends', {}), step('switch', { switched: true, from: 'a', to: 'b' })])).toEqual({
    switched: true,
    from: 'a',
    to: 'b',
  });
  expect(switchOf([step('prove', {})])).toBeNull();
  const phases = inPhases([step('account', {}), step('fetch', {}), step('prove', {}), step('switch', {})], 'rotation');
  expect(phases.map((one) => one.title)).toEqual(['Before anything is changed', 'The change', 'Afterwards']);
});
