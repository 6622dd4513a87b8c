import { type ReactNode, useEffect } from 'react';
import { Link } from 'react-router-dom';

import { BackIcon } from './icons';
import classes from './page.module.css';

interface Props {
  title: string;
  lead?: ReactNode;
  /** Where one came from. */
  back?: { to: string; label: string };
  actions?: ReactNode;
  /** Beside the title: a state. */
  mark?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** A page's frame: title, what can be done here, content. */
export function Page({ title, lead, back, actions, mark, wide = false, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Mailward`;
  }, [title]);
  return (
    <div className={classes.page} data-wide={wide || undefined}>
      {back && (
        <Link to={back.to} className={classes.back ?? ''}>
          <BackIcon size={15} />
          {back.label}
        </Link>
      )}
      <div className={classes.head}>
        <div className={classes.words}>
          <div className={classes.titleRow}>
            <h1>{title}</h1>
            {mark}
          </div>
          {lead && <p className={classes.lead}>{lead}</p>}
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}
