import { expect, test } from 'vitest';

import { said } from './said';
import { exact } from './time_words';

test.each([
  ['this was refused. this is why', 'This was refused. This is why.'],
  ['already said.', 'Already said.'],
  ['version 1.2 is too old', 'Version 1.2 is too old.'],
  ['', ''],
])('%s', (text, words) => expect(said(text)).toBe(words));

test('times are the reader’s own', () => {
  const time = '2026-11-29T08:12:31.220Z';
  expect(said(`refused at ${time}; later`)).toBe(`Refused at ${exact(time)}; later.`);
});
