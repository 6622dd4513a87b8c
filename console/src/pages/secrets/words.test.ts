import { expect, test } from 'vitest';

import type { Secret } from '~/api/types';

import { daysWords, matches } from './words';

const secret = {
  kind: 'service_account',
  title: 'Service account',
  opens: 'EWS as svc@example.test',
  set_by: 'local:0',
  way: 'by_person',
} as Secret;

test('a secret is found by each word that is shown of it', () => {
  expect(matches(secret, '')).toBe(true);
  expect(matches(secret, 'SVC@example')).toBe(true);
  expect(matches(secret, 'service person')).toBe(true);
  expect(matches(secret, 'service relay')).toBe(false);
});

test('an age is said in days', () => {
  expect([0, 1, 90].map(daysWords)).toEqual(['today', '1 day', '90 days']);
});
