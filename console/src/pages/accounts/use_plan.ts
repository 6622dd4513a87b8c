import { useState } from 'react';

import { request, segment } from '~/api/client';
import { isProblem, Problem } from '~/api/problem';
import type { RotationPlan } from '~/api/types';
import { tell } from '~/parts/tell';
import { planQuery } from '~/rotations/queries';
import type { Way } from '~/rotations/ways';
import { windowProblem, windowText, windowValues, type WindowValues } from '~/rotations/window';
import { queries } from '~/session/session';

import { formProblems } from './form_problems';

export interface PlanValues {
  mode: Way;
  /** Days; 0: only when somebody asks. Text while it is being typed. */
  every: number | string;
  window: WindowValues;
  unlocks: boolean;
}

export const kMostDays = 366;

export function valuesOf(plan: RotationPlan): PlanValues {
  return { mode: plan.mode, every: plan.every_days, window: windowValues(plan.window), unlocks: plan.unlocks };
}

function isSame(a: PlanValues, b: PlanValues): boolean {
  return (
    a.mode === b.mode && a.every === b.every && a.unlocks === b.unlocks && windowText(a.window) === windowText(b.window)
  );
}

/** What does not hold, by field, before it is sent. */
export function planProblems({ every, window }: PlanValues): Record<string, string> {
  const problems: Record<string, string> = {};
  const isNumber = typeof every === 'number' && Number.isInteger(every) && every >= 0 && every <= kMostDays;
  if (!isNumber) problems['every_days'] = `A number of days: 0 (only when somebody asks) to ${kMostDays}.`;
  const unfit = windowProblem(window);
  if (unfit) problems['window'] = unfit;
  return problems;
}

/** The form of an account's plan. What was typed stays, whatever is saved elsewhere meanwhile. */
export function usePlan(plan: RotationPlan) {
  const [base, setBase] = useState(plan);
  const [values, setValues] = useState(() => valuesOf(plan));
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [trouble, setTrouble] = useState<Problem | string | null>(null);
  const [busy, setBusy] = useState(false);

  const dirty = !isSame(values, valuesOf(base));
  const adopt = (stored: RotationPlan) => {
    setBase(stored);
    setValues(valuesOf(stored));
    setProblems({});
    setTrouble(null);
  };
  const hasChanged = plan.version >= base.version && !isSame(valuesOf(plan), valuesOf(base));
  if (plan !== base && plan.version >= base.version) {
    if (!hasChanged) setBase(plan);
    else if (!dirty) adopt(plan);
  }
  /** Somebody else saved another one, while something is typed here. */
  const newer = hasChanged && dirty ? plan : null;

  const send = async () => {
    const saved = await request<RotationPlan>('PUT', `/accounts/${segment(base.account)}/schedule`, {
      body: {
        version: base.version,
        mode: values.mode,
        every_days: values.every,
        window: windowText(values.window),
        unlocks: values.unlocks,
      },
    });
    adopt(saved);
    queries.setQueryData(planQuery(saved.account).queryKey, saved);
    void queries.invalidateQueries({ queryKey: ['accounts', saved.account], exact: true });
    void queries.invalidateQueries({ queryKey: ['schedule'] });
    tell({ kind: 'good', text: 'How this password is renewed is saved.' });
  };

  const refuse = async (error: unknown) => {
    if (isProblem(error, 'connections.version_conflict')) {
      await queries.invalidateQueries({ queryKey: planQuery(base.account).queryKey });
      return;
    }
    const fields = formProblems(error, ['mode', 'every_days', 'window']);
    setProblems(fields);
    if (Object.keys(fields).length > 0) return;
    setTrouble(error instanceof Problem ? error : 'Not saved: Mailward does not answer. What you chose is still here.');
  };

  return {
    base,
    values,
    problems,
    trouble,
    busy,
    dirty,
    newer,
    set: (change: Partial<PlanValues>) => {
      setValues((before) => ({ ...before, ...change }));
      setProblems({});
      setTrouble(null);
    },
    takeNewer: () => newer && adopt(newer),
    save: async () => {
      if (busy) return;
      const unfit = planProblems(values);
      setProblems(unfit);
      setTrouble(null);
      if (Object.keys(unfit).length > 0) return;
      setBusy(true);
      try {
        await send();
      } catch (error) {
        await refuse(error);
      } finally {
        setBusy(false);
      }
    },
  };
}

export type PlanForm = ReturnType<typeof usePlan>;
