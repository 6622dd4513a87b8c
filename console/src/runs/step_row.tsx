import { Loader } from '@mantine/core';
import { type ReactNode, useState } from 'react';

import type { Step, StepOutcome, TrustOffer } from '~/api/types';
import { CopyButton } from '~/parts/copyable';
import { localTimes } from '~/parts/said';
import { took } from '~/parts/time_words';
import { BangIcon, CheckIcon, ChevronIcon, CrossIcon, DashIcon, DotIcon } from '~/parts/icons';

import { Remedy } from './remedy';
import classes from './runs.module.css';
import { evidenceOf, stepAddress, stepSummary, stepTitle } from './step_words';
import { TrustOfferBox } from './trust_offer';

const icons: Record<Exclude<StepOutcome, 'running'>, { icon: ReactNode; word: string }> = {
  ok: { icon: <CheckIcon size={15} strokeWidth={2.2} />, word: 'ok' },
  note: { icon: <DotIcon size={15} />, word: 'note' },
  warning: { icon: <BangIcon size={15} strokeWidth={2.2} />, word: 'warning' },
  failed: { icon: <CrossIcon size={15} strokeWidth={2.2} />, word: 'failed' },
  skipped: { icon: <DashIcon size={15} />, word: 'skipped' },
};

function Symbol({ outcome }: { outcome: StepOutcome }) {
  if (outcome === 'running') return <Loader size={13} role="img" aria-label="running" />;
  const { icon, word } = icons[outcome];
  return (
    <span role="img" aria-label={word}>
      {icon}
    </span>
  );
}

/** A value as it was seen, its times in the reader's own zone; as it was written for whoever points at it. */
function Value({ text }: { text: string }) {
  const local = localTimes(text);
  return <span title={local === text ? undefined : text}>{local}</span>;
}

function Evidence({ step, isInterrupted }: { step: Step; isInterrupted: boolean }) {
  const evidence = evidenceOf(step);
  if (isInterrupted)
    return (
      <p className={classes.faint}>Interrupted: the service, or what it did here, ended in the midst of this step.</p>
    );
  if (evidence.length === 0) return <p className={classes.faint}>This step saw nothing worth noting.</p>;
  return (
    <dl className={classes.evidence}>
      {evidence.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Value text={value} />
            {value.length > 20 && <CopyButton text={value} label={`Copy: ${name}`} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface Props {
  step: Step;
  isInterrupted: boolean;
  onTrust?: (offer: TrustOffer) => void;
}

/** One step: its line, and opened its evidence and what to do. What failed is open from the start. */
export function StepRow({ step, isInterrupted, onTrust }: Props) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const outcome = isInterrupted ? 'skipped' : step.outcome;
  const open = chosen ?? outcome === 'failed';
  const running = step.outcome === 'running';
  const detail = `step-${step.position}-detail`;
  return (
    <li className={classes.step} data-outcome={outcome}>
      <button
        type="button"
        className={classes.line}
        aria-expanded={open}
        aria-controls={detail}
        disabled={running}
        onClick={() => setChosen(!open)}
      >
        <span className={classes.symbol}>
          <Symbol outcome={outcome} />
        </span>
        <span className={classes.stepTitle}>{stepTitle(step.name)}</span>
        <span className={classes.seen}>
          <span className={classes.summary}>{isInterrupted ? 'Interrupted' : localTimes(stepSummary(step))}</span>
          <span className={classes.address}>{stepAddress(step)}</span>
        </span>
        <span className={classes.took}>{running || outcome === 'skipped' ? '' : took(step.milliseconds)}</span>
        <ChevronIcon size={14} className={classes.chevron} />
      </button>
      {open && (
        <div id={detail} className={classes.detail}>
          {step.remedy && <Remedy text={step.remedy} />}
          {step.offer && onTrust && <TrustOfferBox offer={step.offer} onTrust={onTrust} />}
          <Evidence step={step} isInterrupted={isInterrupted} />
        </div>
      )}
    </li>
  );
}
