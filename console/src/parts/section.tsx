import { type ReactNode, useId } from 'react';

import classes from './section.module.css';

/** A part of a page with its own matter: what it is at the left, what can be done at the right. */
export function Section({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <div className={classes.words}>
        <h2 id={id}>{title}</h2>
        {lead && <p>{lead}</p>}
      </div>
      <div className={classes.matter}>{children}</div>
    </section>
  );
}
