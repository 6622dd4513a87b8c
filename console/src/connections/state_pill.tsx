import type { ConnectionState } from '~/api/types';
import { BangIcon, CheckIcon, CrossIcon, DashIcon, KeyIcon, PauseIcon } from '~/parts/icons';

import classes from './connections.module.css';
import { stateWords } from './states';

const icons = {
  healthy: CheckIcon,
  degraded: BangIcon,
  failing: CrossIcon,
  needs_credential: KeyIcon,
  untested: DashIcon,
  disabled: PauseIcon,
};

/** A connection's state: by word, by shape and by colour. */
export function StatePill({ state }: { state: ConnectionState }) {
  const Icon = icons[state];
  const { label, tone } = stateWords[state];
  return (
    <span className={classes.pill} data-tone={tone}>
      <Icon size={14} strokeWidth={2} />
      {label}
    </span>
  );
}
