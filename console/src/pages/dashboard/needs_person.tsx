import { Button } from '@mantine/core';
import { Link } from 'react-router-dom';

import type { Connection } from '~/api/types';
import { StatePill } from '~/connections/state_pill';
import { productName } from '~/connections/states';
import { said } from '~/parts/said';
import { Ago } from '~/parts/time';

import classes from './dashboard.module.css';

/** A connection that goes no further by itself: what is wrong, what stands still for it, and the way to mend it. */
export function NeedsPerson({ connection }: { connection: Connection }) {
  const { id, description, state, reason_text: why, state_since: since, products } = connection;
  const typesPassword = state === 'needs_credential';
  return (
    <li className={classes.card}>
      <div className={classes.cardWords}>
        <div className={classes.cardHead}>
          <h3>{description}</h3>
          <StatePill state={state} />
          <span className={classes.faint}>
            <Ago at={since} />
          </span>
        </div>
        {why && <p>{said(why)}</p>}
        {products.length > 0 && <p className={classes.faint}>Without it: {products.map(productName).join(', ')}</p>}
      </div>
      <Button component={Link} to={`/connections/${id}${typesPassword ? '#password' : ''}`}>
        {typesPassword ? 'Type the password' : 'Open'}
      </Button>
    </li>
  );
}
