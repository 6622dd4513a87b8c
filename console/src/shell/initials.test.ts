import { expect, test } from 'vitest';

import { initials } from './initials';

test.each([
  ['Ada Lovelace', 'AL'],
  ['admin', 'A'],
  ['🦊 fox', '🦊F'],
  ['', '?'],
])('%s is %s', (name, letters) => expect(initials(name)).toBe(letters));
