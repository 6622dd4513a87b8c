import { Checkbox, NumberInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { AccountDetail } from '~/api/types';
import { Confirm } from '~/parts/confirm';
import { statusQuery } from '~/status/queries';
import { RecoveryKeyNotice } from '~/status/recovery_key_notice';

import classes from './accounts.module.css';

/** Of the password that is made. */
export interface Wanted {
  length: number;
  plain: boolean;
}

const kUsual: Wanted = { length: 64, plain: false };
const kShortest = 12;
const kLongest = 127;

function Name({ name }: { name: string }) {
  return (
    <strong>
      <bdi>{name}</bdi>
    </strong>
  );
}

/** What hardly anybody has to choose. */
function More({ wanted, onChange }: { wanted: Wanted; onChange: (wanted: Wanted) => void }) {
  return (
    <details className={classes.details}>
      <summary>More</summary>
      <div className={classes.detailsBody}>
        <NumberInput
          label="Characters of the new password"
          description={`${kShortest} to ${kLongest}. Where the policy wants more, it gets that.`}
          min={kShortest}
          max={kLongest}
          allowDecimal={false}
          clampBehavior="blur"
          value={wanted.length}
          onChange={(typed) => onChange({ ...wanted, length: Number(typed) || kUsual.length })}
        />
        <Checkbox
          label="Letters, digits, - _ and . alone"
          description="For something that cannot deal with other characters."
          checked={wanted.plain}
          onChange={(event) => onChange({ ...wanted, plain: event.currentTarget.checked })}
        />
      </div>
    </details>
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
  /** What is wanted; null: nothing. */
  onAnswer: (wanted: Wanted | null) => void;
}) {
  const [wanted, setWanted] = useState(kUsual);
  const { data: status } = useQuery({ ...statusQuery, enabled: opened });
  return (
    <Confirm
      opened={opened}
      title="Rotate this password now?"
      yes="Rotate now"
      onAnswer={(yes) => onAnswer(yes ? wanted : null)}
    >
      <p>
        Mailward makes a new password for <Name name={account.name} /> here, and{' '}
        <Name name={account.reset_account_name} /> sets it in Active Directory: whoever typed the old one anywhere else
        cannot use it any more. Meanwhile the sign-in door is closed for about a second, and the products go on.
      </p>
      <More wanted={wanted} onChange={setWanted} />
      {status && status.recovery_key_taken === null && <RecoveryKeyNotice isWithin />}
    </Confirm>
  );
}
