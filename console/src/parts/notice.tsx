import type { ReactNode } from 'react';

import { BangIcon, CheckIcon, WarningIcon } from './icons';
import classes from './notice.module.css';

type Kind = 'info' | 'good' | 'warn' | 'bad';

const icons = { info: BangIcon, good: CheckIcon, warn: WarningIcon, bad: WarningIcon };

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
