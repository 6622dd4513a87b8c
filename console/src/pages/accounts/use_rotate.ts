import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { request, segment } from '~/api/client';
import type { AccountDetail, RunChanges } from '~/api/types';
import { queries } from '~/session/session';
import { ended } from '~/runs/run_model';
import { useRun } from '~/runs/use_run';

import type { Wanted } from './rotate_dialog';

/** Rotating an account's password, and finding out before whether that would go well. */
export function useRotate(account: AccountDetail) {
  const [checking, setChecking] = useState<RunChanges | null>(null);
  const [starting, setStarting] = useState<'check' | 'rotation' | null>(null);
  /** Why the service did not even begin. */
  const [trouble, setTrouble] = useState<unknown>(null);
  const navigate = useNavigate();
  const check = useRun(checking);

  const begin = async (wanted: Wanted | null): Promise<RunChanges | null> => {
    setStarting(wanted ? 'rotation' : 'check');
    setTrouble(null);
    setChecking(null);
    try {
      const path = `/accounts/${segment(account.id)}/rotate`;
      return await request<RunChanges>('POST', path, { body: wanted ?? { dry_run: true } });
    } catch (error) {
      setTrouble(error);
      // Somebody else has begun one, disabled the account, taken its reset account away: the page shows that then.
      void queries.invalidateQueries({ queryKey: ['accounts'] });
      void queries.invalidateQueries({ queryKey: ['rotations', 'of'] });
      return null;
    } finally {
      setStarting(null);
    }
  };

  return {
    check,
    isChecking: starting === 'check' || (check !== null && !ended(check.state)),
    isStarting: starting === 'rotation',
    trouble,
    checkFirst: async () => setChecking(await begin(null)),
    rotate: async (wanted: Wanted) => {
      const run = await begin(wanted);
      if (!run) return;
      void queries.invalidateQueries({ queryKey: ['rotations', 'of'] });
      navigate(`/rotations/${run.id}`);
    },
  };
}

export type Rotate = ReturnType<typeof useRotate>;
