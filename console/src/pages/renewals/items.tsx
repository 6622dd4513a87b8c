import { Loader } from '@mantine/core';
import { Link } from 'react-router-dom';

import type { RenewalItem } from '~/api/types';
import { Command } from '~/parts/copyable';
import { said } from '~/parts/said';
import { Tag } from '~/parts/tag';

import { wayWords } from '../secrets/words';
import classes from './renewals.module.css';
import { itemWords } from './words';

function State({ item }: { item: RenewalItem }) {
  const { label, tone } = itemWords[item.state];
  if (item.state === 'acting') {
    return (
      <span className={classes.acting}>
        <Loader size={12} color="currentColor" aria-hidden="true" />
        {label}
        {item.times > 1 && ` ${item.done_times + 1} of ${item.times}`}
      </span>
    );
  }
  return <Tag tone={tone}>{label}</Tag>;
}

/** What a person has to do about it: the reason, where, and the line for the shell. */
function ToDo({ item }: { item: RenewalItem }) {
  const why = said(item.why);
  const what = said(item.remedy || item.how);
  return (
    <div className={classes.todo}>
      {why && <p>{why}</p>}
      {what && what !== why && <p>{what}</p>}
      {item.command && <Command text={item.command} />}
      {item.rotation && <Link to={`/rotations/${item.rotation}`}>See the rotation</Link>}
      {item.page && item.page !== '/renewals' && <Link to={item.page}>Go there</Link>}
    </div>
  );
}

function Row({ item, planned }: { item: RenewalItem; planned: boolean }) {
  const needsPerson = item.state === 'waiting' || item.state === 'failed';
  return (
    <li className={classes.item} data-state={item.state}>
      <span className={classes.position} aria-hidden="true">
        {item.position}
      </span>
      <div className={classes.words}>
        <div className={classes.what}>
          <strong>{item.title}</strong>
          <span className={classes.faint}>
            <bdi>{item.opens}</bdi>
          </span>
        </div>
        <p className={classes.faint}>{item.reason}</p>
        {needsPerson && <ToDo item={item} />}
        {!needsPerson && item.rotation && (
          <p className={classes.faint}>
            <Link to={`/rotations/${item.rotation}`}>See the rotation</Link>
          </p>
        )}
      </div>
      <div className={classes.way}>
        {planned ? wayWords[item.way] : <State item={item} />}
        {item.times > 1 && planned && <span className={classes.faint}>Twice</span>}
      </div>
    </li>
  );
}

/** A plan in its order, with the reason of each place. `planned`: nothing has been begun. */
export function Items({ items, planned = false }: { items: readonly RenewalItem[]; planned?: boolean }) {
  const stays = items.filter((item) => item.way === 'stays');
  return (
    <>
      <ol className={classes.items} aria-label="The plan">
        {items
          .filter((item) => item.way !== 'stays')
          .map((item) => (
            <Row key={item.position} item={item} planned={planned} />
          ))}
      </ol>
      {stays.length > 0 && (
        <p className={classes.stays}>
          {stays.length} keys stay: they are sealed under the master key, and open no password.{' '}
          <Link to="/secrets">See them</Link>
        </p>
      )}
    </>
  );
}
