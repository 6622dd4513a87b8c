import type { ReactNode } from 'react';

import { Mark } from '~/parts/mark';

import classes from './session.module.css';

/** The frame of what stands before the sign-in. */
export function Outside({
  title,
  lead,
  children,
  foot,
}: {
  title: string;
  lead?: ReactNode;
  children?: ReactNode;
  foot?: ReactNode;
}) {
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.brand}>
          <Mark size={34} />
          Mailward
        </div>
        <section className={classes.panel} aria-label={title}>
          <h1 className={classes.heading}>{title}</h1>
          {lead && <p className={classes.lead}>{lead}</p>}
          {children}
        </section>
        {foot && <div className={classes.foot}>{foot}</div>}
      </div>
    </main>
  );
}
