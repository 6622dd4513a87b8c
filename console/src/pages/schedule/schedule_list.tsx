import { Link } from 'react-router-dom';

import type { AccountPlan, ScheduledRotation } from '~/api/types';
import { said } from '~/parts/said';
import { Tag } from '~/parts/tag';
import { Ago } from '~/parts/time';
import { useNow } from '~/parts/use_now';
import { ways } from '~/rotations/ways';
import { windowWords } from '~/rotations/window';
import { Remedy } from '~/runs/remedy';

import classes from './schedule.module.css';
import { type Day, dayOf, inDays, type Line, timeOf } from './words';

/** What a person must do, or what stands against it with what to do; told where the account comes first. */
function Trouble({ rotation, isFirst }: Line) {
  const { by_person: byPerson, obstacle, remedy } = rotation;
  if (byPerson) {
    return isFirst ? (
      <p className={classes.note}>
        A person sets the new password in Active Directory, and types it on a connection that uses the account. Mailward
        reminds of it 14, 7, 3 and 1 days before.
      </p>
    ) : null;
  }
  if (obstacle === '') return null;
  if (!isFirst) return <p className={classes.note}>What stands against it is told above, at its first renewal.</p>;
  return (
    <div className={classes.trouble}>
      <p>{said(obstacle)}</p>
      {remedy && <Remedy text={remedy} />}
    </div>
  );
}

function Latest({ rotation, isLate }: Line) {
  const { deadline, by_expiry: byExpiry } = rotation;
  return (
    <div className={classes.latest}>
      <div>
        at the latest <time dateTime={deadline}>{dayOf(deadline)}</time>
      </div>
      {byExpiry && <div className={classes.faint}>then the directory lets it expire soon</div>}
      {isLate && <Tag tone="bad">Late</Tag>}
    </div>
  );
}

function Row({ line, window }: { line: Line; window: string }) {
  const { rotation } = line;
  const { due, mode, by_person: byPerson, obstacle } = rotation;
  return (
    <li className={classes.row}>
      <div className={classes.time}>{byPerson ? '' : <time dateTime={due}>{timeOf(due)}</time>}</div>
      <div className={classes.account}>
        <Link to={`/accounts/${rotation.account}#renewal`}>
          <bdi>{rotation.account_name}</bdi>
        </Link>
        <div className={classes.faint}>
          {ways[mode].name}
          {!byPerson && window !== '' && ` · window: ${windowWords(window)}`}
        </div>
      </div>
      <Latest {...line} />
      <div className={classes.mark}>
        {byPerson ? <Tag tone="warn">A person must</Tag> : obstacle !== '' && <Tag tone="bad">Cannot begin</Tag>}
      </div>
      <Trouble {...line} />
    </li>
  );
}

function OneDay({ day, windows }: { day: Day; windows: ReadonlyMap<string, string> }) {
  const heading = `day-${day.day}`;
  return (
    <section className={classes.day} aria-labelledby={heading}>
      <h2 id={heading}>
        {day.weekday} <time dateTime={day.day}>{day.day}</time>
        <span className={classes.away}>
          <Ago at={day.lines[0]?.rotation.due ?? null} />
        </span>
      </h2>
      <ul className={classes.rows}>
        {day.lines.map((line) => (
          <Row
            key={`${line.rotation.account} ${line.rotation.due}`}
            line={line}
            window={windows.get(line.rotation.account) ?? ''}
          />
        ))}
      </ul>
    </section>
  );
}

/** All that will be renewed, day by day. */
export function ScheduleList({
  rotations,
  plans,
}: {
  rotations: readonly ScheduledRotation[];
  plans: readonly AccountPlan[];
}) {
  const now = useNow();
  const windows = new Map(plans.map((one) => [one.account, one.window]));
  return (
    <div className={classes.days}>
      {inDays(rotations, now).map((day) => (
        <OneDay key={day.day} day={day} windows={windows} />
      ))}
    </div>
  );
}
