import { Loader } from '@mantine/core';

import type { DryRunResult, RunChanges } from '~/api/types';
import { CheckIcon, CrossIcon } from '~/parts/icons';
import { said } from '~/parts/said';
import { Remedy } from '~/runs/remedy';
import { ended } from '~/runs/run_model';
import runs from '~/runs/runs.module.css';
import { Steps } from '~/runs/steps';

import classes from './accounts.module.css';

/** What a dry run found: whether a rotation would go well, and what it looked at. */
export function Check({ run }: { run: RunChanges }) {
  const isOver = ended(run.state);
  const { possible = false, sentence = '', remedy = '' } = (run.result ?? {}) as DryRunResult;
  // The step that failed is open, and says it there.
  const isInStep = run.steps.some((step) => step.remedy === remedy);
  const title = !isOver ? 'Checking…' : possible ? 'A rotation would go well' : 'A rotation would not go';
  return (
    <section className={classes.check} aria-label="Check before a rotation" aria-busy={!isOver}>
      <div className={runs.verdict} data-outcome={!isOver ? 'running' : possible ? 'good' : 'bad'} role="status">
        <span className={runs.verdictIcon}>
          {!isOver ? (
            <Loader size={18} role="img" aria-label="under way" />
          ) : possible ? (
            <CheckIcon size={20} strokeWidth={2} />
          ) : (
            <CrossIcon size={20} strokeWidth={2} />
          )}
        </span>
        <div className={runs.verdictWords}>
          <div className={runs.verdictTitle}>{title}</div>
          {isOver && <p>{said(sentence || 'The check did not come to its end; nothing was changed.')}</p>}
          {remedy && !isInStep && <Remedy text={remedy} />}
        </div>
      </div>
      <Steps run={run} />
    </section>
  );
}
