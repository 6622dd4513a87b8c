import type { ReactNode } from 'react';

import type { RunChanges } from '~/api/types';
import { plain, stateWords } from '~/connections/states';
import { Copyable } from '~/parts/copyable';
import { said } from '~/parts/said';
import { BangIcon, CheckIcon, CrossIcon, DashIcon } from '~/parts/icons';

import { Remedy } from './remedy';
import { type Outcome, outcomeOf } from './run_model';
import classes from './runs.module.css';
import { capital } from './step_words';

const icons: Record<Exclude<Outcome, 'running'>, ReactNode> = {
  good: <CheckIcon size={20} strokeWidth={2} />,
  degraded: <BangIcon size={20} strokeWidth={2} />,
  bad: <CrossIcon size={20} strokeWidth={2} />,
  none: <DashIcon size={20} strokeWidth={2} />,
};

function headline(run: RunChanges): string {
  const { state } = run.result ?? {};
  if (run.state === 'interrupted') return 'Interrupted: the service went away during the test';
  if (run.state === 'cancelled') return 'Cancelled';
  if (outcomeOf(run) === 'none') return 'No verdict';
  return state ? stateWords[state].label : capital(run.state);
}

/** What it could be, the likeliest first. */
function Candidates({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  if (names.length <= 3) {
    return (
      <p>
        Could be, in this order: <strong>{names.join(', ')}</strong>.
      </p>
    );
  }
  return (
    <div>
      <p>Could be, in this order:</p>
      <ol className={classes.candidates}>
        {names.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ol>
    </div>
  );
}

/** What a test ended with: state, sentence, what to do. */
export function Verdict({ run, actions }: { run: RunChanges; actions?: ReactNode }) {
  const outcome = outcomeOf(run);
  if (outcome === 'running') return null;
  const { sentence, remedy, candidates = [], tries_left: left, server, scheme, verdict } = run.result ?? {};
  const facts = [server && `${server.product} (${server.version})`, scheme && `signed in by ${scheme}`].filter(Boolean);
  return (
    <div className={classes.verdict} data-outcome={outcome} role="status">
      <span className={classes.verdictIcon}>{icons[outcome]}</span>
      <div className={classes.verdictWords}>
        <div className={classes.verdictTitle}>
          {headline(run)}
          {verdict && verdict !== 'none' && <code className={classes.class}>{verdict}</code>}
        </div>
        {sentence && <p>{said(sentence)}</p>}
        {run.state === 'interrupted' && <p>The steps so far stand below. Nothing is tried again by itself.</p>}
        {facts.length > 0 && <p className={classes.faint}>{facts.join(' · ')}</p>}
        <Candidates names={candidates.map(plain)} />
        {left !== undefined && !sentence?.includes('tries are left') && (
          <p>Tries left before the account is locked: {left}.</p>
        )}
        {remedy && <Remedy text={remedy} />}
        {outcome !== 'good' && run.request_id && (
          <p className={classes.faint}>
            Request <Copyable text={run.request_id} />
          </p>
        )}
        {actions && <div className={classes.offerButtons}>{actions}</div>}
      </div>
    </div>
  );
}
