import { expect, test } from 'vitest';

import { isolated } from './bidi';

test('a name cannot end its own isolation', () => {
  expect(isolated('a\u2069\u202eb')).toBe('\u2068a\u202eb\u2069');
});
