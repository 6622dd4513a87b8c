import type { Step, TrustOffer } from '~/api/types';

import classes from './runs.module.css';
import { StepRow } from './step_row';
import { inPhases } from './step_words';

export function Steps({ steps, onTrust }: { steps: readonly Step[]; onTrust?: (offer: TrustOffer) => void }) {
  return (
    <div className={classes.phases}>
      {inPhases(steps).map((phase) => (
        <section key={phase.steps[0]?.position} aria-label={phase.title}>
          <h3 className={classes.phaseTitle}>{phase.title}</h3>
          <ol className={classes.steps}>
            {phase.steps.map((step) => (
              <StepRow key={step.position} step={step} {...(onTrust ? { onTrust } : {})} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}
