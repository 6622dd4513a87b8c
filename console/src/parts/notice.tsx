import type { ReactNode } from 'react';

import { BangIcon, CheckIcon, WarningIcon } from './icons';
import classes from './notice.module.css';

type Kind = 'info' | 'good' | 'warn' | 'bad';

const icons = { info: BangIcon, good: CheckIcon, warn: WarningIcon, bad: WarningIcon };

/** At the top of a form that this person may not change. */
export function LookOnly({ what }: { what: string }) {
  return (
    <Notice title={`You may look at ${what}, not change it`}>
      Changing it takes a right that none of your roles has.
    </Notice>
  );
}

/** Something that a person should read here and now. Bad news is told to screen readers at once. */
export function Notice({
  kind = 'info',
  title,
  children,
  actions,
}: {
  kind?: Kind;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Icon = icons[kind];
  return (
    <div className={classes.notice} data-kind={kind} role={kind === 'bad' ? 'alert' : 'status'}>
      <Icon size={18} />
      <div className={classes.words}>
        {title && <div className={classes.title}>{title}</div>}
        {children && <div>{children}</div>}
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
    </div>
  );
}
