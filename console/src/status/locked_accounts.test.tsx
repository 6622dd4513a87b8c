import { expect, test } from 'vitest';

import { rendered, words } from '../../dev/rendered';
import { LockedAccounts } from './locked_accounts';

test('a lock-out stands with the way to its cause and the command that lifts it', () => {
  const shown = words(
    rendered(
      <LockedAccounts
        accounts={[
          {
            account: '070nanys8h4n2',
            account_name: 'EXAMPLE\\svc-mailward',
            since: '2026-11-29T15:05:31.000Z',
            rotation: '070nanys8h4n3',
            remedy: "Unlock-ADAccount -Identity 'svc-mailward'",
          },
        ]}
      />,
    ),
  );
  expect(shown).toContain('EXAMPLE\\svc-mailward is locked out');
  expect(shown).toContain("Unlock-ADAccount -Identity 'svc-mailward'");
});
