import type { RunChanges, TrustOffer } from '~/api/types';

import classes from './runs.module.css';
import { StepRow } from './step_row';
import { inPhases, wasInterrupted } from './step_words';

export function Steps({ run, onTrust }: { run: RunChanges; onTrust?: (offer: TrustOffer) => void }) {
  return (
    <div className={classes.phases}>
      {inPhases(run.steps, run.kind).map((phase) => (
        <section key={phase.steps[0]?.position} aria-label={phase.title}>
          <h3 className={classes.phaseTitle}>{phase.title}</h3>
          <ol className={classes.steps}>
            {phase.steps.map((step) => (
              <StepRow
                key={step.position}
                step={step}
                isInterrupted={wasInterrupted(step, run.state)}
                {...(onTrust ? { onTrust } : {})}
              />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}
