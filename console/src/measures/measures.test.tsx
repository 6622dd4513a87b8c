import { expect, test } from 'vitest';

import { aMeasure } from '../../dev/samples';
import { canBeAccepted, dayAfter, groups, workWords } from './words';

test('every line stands in exactly one group, the most urgent first', () => {
  const lines = [
    aMeasure({ urgency: 'now' }),
    aMeasure({ urgency: 'soon' }),
    aMeasure({ urgency: 'later' }),
    aMeasure({ state: 'cannot_tell', outcome: 'cannot_tell' }),
    aMeasure({ state: 'accepted' }),
    aMeasure({ state: 'ok', outcome: 'ok' }),
    aMeasure({ state: 'not_applicable', outcome: 'not_applicable' }),
  ];
  const found = lines.map((line) => groups.filter((group) => group.holds(line)).map((group) => group.name));
  expect(found).toEqual([['now'], ['soon'], ['later'], ['cannot_tell'], ['accepted'], ['ok'], ['not_applicable']]);
});

test('what is well or accepted already is not to be accepted', () => {
  expect(canBeAccepted(aMeasure())).toBe(true);
  expect(canBeAccepted(aMeasure({ state: 'cannot_tell' }))).toBe(true);
  expect(canBeAccepted(aMeasure({ state: 'accepted' }))).toBe(false);
  expect(canBeAccepted(aMeasure({ state: 'ok' }))).toBe(false);
});

test('the day of an acceptance is one that the API takes', () => {
  expect(dayAfter(90, Date.parse('2026-11-29T21:00:00Z'))).toBe('2027-02-27');
});

test('the heading counts what wants work, and makes no score', () => {
  expect(workWords([])).toBe('Nothing to do');
  expect(workWords([aMeasure(), aMeasure({ state: 'cannot_tell' }), aMeasure({ state: 'ok' })])).toBe(
    '1 to do, 1 cannot be told',
  );
});
