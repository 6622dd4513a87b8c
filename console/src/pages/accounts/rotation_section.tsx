import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router-dom';

import { Problem, sentence } from '~/api/problem';
import type { AccountDetail, Rotation } from '~/api/types';
import { RotateIcon } from '~/parts/icons';
import { Notice } from '~/parts/notice';
import { RotationRows } from '~/rotations/rotation_rows';
import { allWays } from '~/rotations/ways';
import { missingFor } from '~/rotations/words';
import { Remedy } from '~/runs/remedy';
import { useMay } from '~/session/session';

import classes from './accounts.module.css';
import { Check } from './check';
import { MissingList } from './missing_list';
import { RotateDialog } from './rotate_dialog';
import { useAround } from './use_around';
import { useRotate } from './use_rotate';

function Trouble({ error }: { error: unknown }) {
  if (!error) return null;
  if (!(error instanceof Problem)) return <Notice kind="bad">Not begun: Mailward does not answer.</Notice>;
  return (
    <Notice kind="bad" title={sentence(error.detail)}>
      {error.remedy && <Remedy text={error.remedy} />}
    </Notice>
  );
}

function Past({ account, rotations }: { account: AccountDetail; rotations: readonly Rotation[] }) {
  if (rotations.length === 0) return <p className={classes.faint}>Its password was not rotated yet.</p>;
  return (
    <div className={classes.past}>
      <div className={classes.pastHead}>
        <h3>Last rotations</h3>
        <Link to={`/rotations?account=${account.id}`}>All of this account</Link>
      </div>
      <RotationRows rotations={rotations} withAccount={false} />
    </div>
  );
}

interface Props {
  account: AccountDetail;
  rotations: readonly Rotation[];
  underWay: boolean;
}

/** Renewing the password: whether it would go well, doing it, and how it went before. */
export function RotationSection({ account, rotations, underWay }: Props) {
  const mayChange = useMay('change_connections');
  const [asked, setAsked] = useState(false);
  const rotate = useRotate(account);
  const { around, way } = useAround(account);
  const missing = missingFor(account, way, around);
  const possible = allWays.filter((one) => missingFor(account, one, around).length === 0);
  return (
    <>
      {!underWay && (
        <MissingList
          title={
            possible.length === 0
              ? 'Mailward cannot rotate this password yet'
              : 'Not in the way that is planned for it; another can be taken now'
          }
          missing={missing}
        />
      )}
      <Trouble error={rotate.trouble} />
      {mayChange && (
        <div className={classes.buttons}>
          <Button
            leftSection={<RotateIcon size={16} />}
            disabled={possible.length === 0 || underWay || rotate.isChecking}
            loading={rotate.isStarting}
            onClick={() => setAsked(true)}
          >
            Rotate now
          </Button>
          <Button variant="default" disabled={underWay} loading={rotate.isChecking} onClick={rotate.checkFirst}>
            Check first
          </Button>
          <span className={classes.hint}>The check reads, and changes nothing.</span>
        </div>
      )}
      {rotate.check && <Check run={rotate.check} />}
      <Past account={account} rotations={rotations} />
      <RotateDialog
        account={account}
        usual={way}
        possible={possible}
        opened={asked}
        onAnswer={(wanted) => {
          setAsked(false);
          if (wanted) void rotate.rotate(wanted);
        }}
      />
    </>
  );
}
