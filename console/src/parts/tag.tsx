import type { ReactNode } from 'react';

import classes from './tag.module.css';

/** A word about something, in its frame. */
export function Tag({ tone = 'still', children }: { tone?: 'still' | 'good' | 'warn' | 'bad'; children: ReactNode }) {
  return (
    <span className={classes.tag} data-tone={tone}>
      {children}
    </span>
  );
}
