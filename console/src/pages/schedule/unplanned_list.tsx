import { Link } from 'react-router-dom';

import list from '~/parts/list.module.css';
import { ChevronIcon } from '~/parts/icons';
import { Tag } from '~/parts/tag';
import { ways } from '~/rotations/ways';
import { useMay } from '~/session/session';

import classes from './schedule.module.css';
import type { Unplanned } from './words';

/** The accounts for which nothing is planned, each with the way to its schedule. */
export function UnplannedList({ unplanned }: { unplanned: readonly Unplanned[] }) {
  const mayChange = useMay('change_connections');
  if (unplanned.length === 0) return null;
  return (
    <section className={classes.unplanned} aria-labelledby="unplanned">
      <h2 id="unplanned">Nothing is planned for</h2>
      <ul className={`${list.list} ${classes.columns}`}>
        {unplanned.map(({ plan, why, isWithout }) => (
          <li key={plan.account} className={list.row}>
            <div className={list.main}>
              <Link to={`/accounts/${plan.account}#renewal`} className={list.name ?? ''}>
                {plan.account_name}
              </Link>
              <div className={list.faint}>{why}</div>
            </div>
            <div className={list.side}>
              {isWithout ? <Tag tone="warn">No schedule</Tag> : <Tag>{ways[plan.mode].name}</Tag>}
            </div>
            <div className={classes.set}>{isWithout && mayChange && 'Set a schedule'}</div>
            <ChevronIcon size={16} className={list.go} />
          </li>
        ))}
      </ul>
    </section>
  );
}
