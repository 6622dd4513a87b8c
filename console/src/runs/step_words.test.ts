import { expect, test } from 'vitest';

import type { Step } from '~/api/types';

import { evidenceOf, inPhases, stepSummary, stepTitle, wasInterrupted } from './step_words';

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
