import { Button } from '@mantine/core';
import { useState } from 'react';

import { request, segment } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import type { Rotation } from '~/api/types';
import { Confirm } from '~/parts/confirm';
import { tell } from '~/parts/tell';
import { queries } from '~/session/session';

const kSoonMs = 30_000;

/** Whether it holds sign-ins up, and has not got on for longer than it ever should. */
export function waitsTooLong({ state, ended, updated }: Rotation, now: number): boolean {
  const isHolding = state === 'resetting' || state === 'taken' || state === 'undoing';
  return ended === null && isHolding && now - Date.parse(updated) > kSoonMs;
}

/** A way out of one that waits for what does not come. */
export function EndRotation({ rotation }: { rotation: Rotation }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const answer = async (yes: boolean) => {
    if (!yes) return setAsking(false);
    setBusy(true);
    try {
      await request('POST', `/rotations/${segment(rotation.id)}/end`);
    } catch (error) {
      tell({ kind: 'bad', text: error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.' });
    }
    await queries.invalidateQueries({ queryKey: ['rotations'] });
    setBusy(false);
    setAsking(false);
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsking(true)}>
        End it
      </Button>
      <Confirm opened={asking} title="End this rotation?" yes="End it" danger busy={busy} onAnswer={answer}>
        <p>
          It waits for what the steps say, and holds sign-ins up meanwhile. Ended, it is unclear which password Active
          Directory has: both are kept. Test a connection afterwards, twice if need be: the new password is tried first,
          then the one before.
        </p>
      </Confirm>
    </>
  );
}
