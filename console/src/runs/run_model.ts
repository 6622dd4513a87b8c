import type { RunChanges, RunState, Step } from '~/api/types';

export function ended(state: RunState): boolean {
  return state !== 'queued' && state !== 'running';
}

/** Whether the one began after the other, which may be none. */
export function isLater(one: RunChanges, other: RunChanges | null): boolean {
  return !other || Date.parse(one.created) > Date.parse(other.created);
}

/** The run after a change: steps in the order of their positions, each as it was told last. */
export function applied(before: RunChanges | null, change: RunChanges): RunChanges {
  if (!before || before.id !== change.id) return change;
  if (change.seq < before.seq) return before;
  const steps = new Map<number, Step>(before.steps.map((step) => [step.position, step]));
  for (const step of change.steps) {
    const known = steps.get(step.position);
    if (!known || known.seq <= step.seq) steps.set(step.position, step);
  }
  return { ...change, steps: [...steps.values()].sort((a, b) => a.position - b.position) };
}

/** What came of a test, for what may be done next. Some verdicts judge nothing: they say that there was no test. */
export type Outcome = 'running' | 'good' | 'degraded' | 'bad' | 'none';

const kJudgeNothing = ['account_busy', 'cancelled', 'internal_error'];

export function outcomeOf(run: RunChanges): Outcome {
  if (!ended(run.state)) return 'running';
  const { verdict, state } = run.result ?? {};
  if (run.state !== 'succeeded' || (verdict && kJudgeNothing.includes(verdict))) return 'none';
  if (state === 'healthy') return 'good';
  if (state === 'degraded') return 'degraded';
  return state === 'failing' || state === 'needs_credential' ? 'bad' : 'none';
}
