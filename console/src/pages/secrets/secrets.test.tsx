import { afterEach, expect, test, vi } from 'vitest';

import type { Right } from '~/api/types';
import { queries } from '~/session/session';

import { rendered, words } from '../../../dev/rendered';
import { Renewal } from '../renewals/renewal';
import { Renewals } from '../renewals/renewals';
import { Secrets } from './secrets';

// The page's own stream wants a page.
vi.mock('~/live/page_stream', () => ({ pageStream: { claim: () => () => undefined } }));

afterEach(() => queries.clear());

const pages = [
  ['secrets', <Secrets key="secrets" />],
  ['plans', <Renewals key="plans" />],
  ['a plan', <Renewal key="plan" />],
] as const;

/** What the page has asked for, or would ask for once it is mounted. */
const asked = () =>
  queries
    .getQueryCache()
    .getAll()
    .filter((one) => one.queryKey[0] === 'secrets' || one.queryKey[0] === 'renewals').length;

test.each(pages)('%s are asked for by those who may see keys alone', (_name, page) => {
  const none: Right[] = ['see_connections'];
  expect(words(rendered(page, none))).toContain('Not for this role');
  expect(asked()).toBe(0);
  expect(words(rendered(page, ['see_connections', 'see_keys']))).not.toContain('Not for this role');
  expect(asked()).toBeGreaterThan(0);
});
