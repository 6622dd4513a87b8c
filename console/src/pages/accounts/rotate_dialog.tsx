import { useQuery } from '@tanstack/react-query';

import type { AccountDetail } from '~/api/types';
import { Confirm } from '~/parts/confirm';
import { statusQuery } from '~/status/queries';
import { RecoveryKeyNotice } from '~/status/recovery_key_notice';

function Name({ name }: { name: string }) {
  return (
    <strong>
      <bdi>{name}</bdi>
    </strong>
  );
}

/** Says what will happen, before it does. */
export function RotateDialog({
  account,
  opened,
  onAnswer,
}: {
  account: AccountDetail;
  opened: boolean;
  onAnswer: (yes: boolean) => void;
}) {
  const { data: status } = useQuery({ ...statusQuery, enabled: opened });
  return (
    <Confirm opened={opened} title="Rotate this password now?" yes="Rotate now" onAnswer={onAnswer}>
      <p>
        Mailward makes a new password for <Name name={account.name} /> here, and{' '}
        <Name name={account.reset_account_name} /> sets it in Active Directory: whoever typed the old one anywhere else
        cannot use it any more. Meanwhile the sign-in door is closed for about a second, and the products go on.
      </p>
      {status && status.recovery_key_taken === null && <RecoveryKeyNotice isWithin />}
    </Confirm>
  );
}
