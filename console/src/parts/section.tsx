import { type ReactNode, useId } from 'react';

import classes from './section.module.css';

/** A part of a page with its own matter: what it is at the left, what can be done at the right. */
export function Section({
  title,
  lead,
  id,
  children,
}: {
  title: string;
  lead?: ReactNode;
  /** By which an address leads here. */
  id?: string;
  children: ReactNode;
}) {
  const heading = useId();
  return (
    <section className={classes.section} aria-labelledby={heading} id={id}>
      <div className={classes.words}>
        <h2 id={heading}>{title}</h2>
        {lead && <p>{lead}</p>}
      </div>
      <div className={classes.matter}>{children}</div>
    </section>
  );
}
