import { Link } from 'react-router-dom';

import type { Secret } from '~/api/types';
import { Command } from '~/parts/copyable';
import list from '~/parts/list.module.css';
import { Tag } from '~/parts/tag';
import { Ago } from '~/parts/time';

import classes from './secrets.module.css';
import { daysWords, wayWords } from './words';

const kSoonMs = 14 * 86_400_000;

function Due({ secret, now }: { secret: Secret; now: number }) {
  if (!secret.due) return <span className={list.faint}>No date</span>;
  const isSoon = Date.parse(secret.due) - now < kSoonMs;
  return (
    <div title={`By ${secret.due_by}`}>
      {secret.is_due ? (
        <Tag tone="bad">
          due <Ago at={secret.due} />
        </Tag>
      ) : isSoon ? (
        <Tag tone="warn">
          due <Ago at={secret.due} />
        </Tag>
      ) : (
        <span className={list.faint}>
          due <Ago at={secret.due} />
        </span>
      )}
    </div>
  );
}

export function SecretRow({ secret, now }: { secret: Secret; now: number }) {
  return (
    <li className={list.row}>
      <div className={list.main}>
        <span className={list.name}>{secret.title}</span>
        <div className={list.faint}>
          <bdi>{secret.opens}</bdi>
        </div>
      </div>
      <div className={list.side}>
        {secret.age_days > 0 ? `${daysWords(secret.age_days)} old` : 'Set today'}
        <div className={list.faint}>
          {secret.last_used ? (
            <>
              used <Ago at={secret.last_used} />
            </>
          ) : (
            'not used since it was set'
          )}
        </div>
        <div className={list.faint}>
          set by <bdi>{secret.set_by_name}</bdi>
        </div>
      </div>
      <Due secret={secret} now={now} />
      <div className={list.side}>
        {secret.page ? <Link to={secret.page}>{wayWords[secret.way]}</Link> : wayWords[secret.way]}
        <div className={list.faint}>{secret.way === 'stays' ? 'Sealed again with each master key.' : secret.how}</div>
        {secret.command && (
          <div className={classes.command}>
            <Command text={secret.command} />
          </div>
        )}
      </div>
    </li>
  );
}
