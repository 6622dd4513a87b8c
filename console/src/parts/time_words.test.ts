import { expect, test } from 'vitest';

import { ago, span, took } from './time_words';

const now = Date.parse('2026-03-01T12:00:00.000Z');

test.each([
  ['2026-03-01T11:59:58.000Z', 'just now'],
  ['2026-03-01T11:59:20.000Z', '40 seconds ago'],
  ['2026-03-01T11:58:59.000Z', '1 minute ago'],
  ['2026-03-01T09:00:00.000Z', '3 hours ago'],
  ['2026-02-26T12:00:00.000Z', '3 days ago'],
  ['2025-12-01T12:00:00.000Z', '90 days ago'],
  ['2025-11-01T12:00:00.000Z', '120 days ago'],
  ['2025-10-31T12:00:00.000Z', '4 months ago'],
  ['2024-02-26T12:00:00.000Z', '2 years ago'],
  ['2026-03-03T12:00:00.000Z', 'in 2 days'],
])('%s is %s', (at, words) => expect(ago(at, now)).toBe(words));

test.each([
  [816, '816 ms'],
  [1000, '1.0 s'],
  [13_816, '13.8 s'],
])('%d milliseconds are %s', (milliseconds, words) => expect(took(milliseconds)).toBe(words));

test.each([
  [0, '0 seconds'],
  [300, '5 minutes'],
  [5400, '1 hour 30 minutes'],
  [86_400, '1 day'],
])('%d seconds are %s', (seconds, words) => expect(span(seconds)).toBe(words));
