import { Link } from 'react-router-dom';

import { Notice } from '~/parts/notice';
import type { Missing } from '~/rotations/words';

import classes from './accounts.module.css';

/** What has to be there first, each with the way to it: on this page, or on another. */
export function MissingList({ title, missing }: { title: string; missing: readonly Missing[] }) {
  if (missing.length === 0) return null;
  return (
    <Notice title={title}>
      <ul className={classes.missing}>
        {missing.map(({ what, how, at }) => (
          <li key={what}>
            {what} {at.startsWith('/') ? <Link to={at}>{how}</Link> : <a href={`#${at}`}>{how}</a>}.
          </li>
        ))}
      </ul>
    </Notice>
  );
}
