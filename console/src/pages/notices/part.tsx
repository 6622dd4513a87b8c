import { type ReactNode, useId } from 'react';

import classes from './notices.module.css';

/** A part of the page over its whole width. */
export function Part({
  title,
  lead,
  actions,
  children,
}: {
  title: string;
  lead: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const heading = useId();
  return (
    <section aria-labelledby={heading}>
      <div className={classes.head}>
        <div>
          <h2 id={heading}>{title}</h2>
          <p>{lead}</p>
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </section>
  );
}
