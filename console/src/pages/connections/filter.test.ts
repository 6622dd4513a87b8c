import { expect, test } from 'vitest';

import type { Connection } from '~/api/types';

import { matches } from './filter';

const connection = {
  description: 'Head office',
  ews_url: 'https://mail.example.test/EWS/Exchange.asmx',
  master_mailbox: 'svc@example.test',
  account_resolved: 'EXAMPLE\\svc',
  state: 'needs_credential',
  reason: 'bad_password',
  products: ['sync_and_recover'],
} as Connection;

test.each(['', 'head', 'OFFICE mail', 'needs credential', 'bad password', 'sync recover', 'example\\svc'])(
  '“%s” is found',
  (sought) => expect(matches(connection, sought)).toBe(true),
);

test.each(['branch', 'head branch'])('“%s” is not', (sought) => expect(matches(connection, sought)).toBe(false));
