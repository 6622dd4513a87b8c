import { useState } from 'react';

import type { AuditEntry } from '~/api/types';
import { Copyable } from '~/parts/copyable';
import { ChevronIcon } from '~/parts/icons';
import { Exact } from '~/parts/time';

import classes from './audit.module.css';
import type { AuditFilter } from './queries';
import { actorKind, actWords, changesOf, factsOf, isCalm } from './words';

interface Props {
  entry: AuditEntry;
  actor: string;
  /** What the thing is called, where that is known. */
  object: string;
  onFilter: (change: Partial<AuditFilter>) => void;
}

function Changes({ entry }: { entry: AuditEntry }) {
  const changes = changesOf(entry.details);
  if (changes.length === 0) return null;
  return (
    <table className={classes.changes}>
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ field, before, after }) => (
          <tr key={field}>
            <th scope="row">{field}</th>
            <td>{before}</td>
            <td>{after}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Details({ entry, onFilter }: Pick<Props, 'entry' | 'onFilter'>) {
  const more = (change: Partial<AuditFilter>, words: string) => (
    <button type="button" className={classes.more} onClick={() => onFilter(change)}>
      {words}
    </button>
  );
  return (
    <div className={classes.details}>
      <Changes entry={entry} />
      <dl className={classes.facts}>
        {factsOf(entry.details).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>Act</dt>
          <dd>
            {entry.action} on {entry.object_kind || 'nothing'} {entry.object_id}
          </dd>
        </div>
        {entry.source && (
          <div>
            <dt>From</dt>
            <dd>
              <Copyable text={entry.source} />
            </dd>
          </div>
        )}
        {entry.token && (
          <div>
            <dt>API token</dt>
            <dd>
              <Copyable text={entry.token} />
            </dd>
          </div>
        )}
        {entry.request_id && (
          <div>
            <dt>Request</dt>
            <dd>
              <Copyable text={entry.request_id} />
            </dd>
          </div>
        )}
        <div>
          <dt>Entry</dt>
          <dd>{entry.number}</dd>
        </div>
      </dl>
      <div className={classes.mores}>
        {more({ actor: entry.actor }, 'More by the same')}
        {entry.source !== '' && more({ source: entry.source }, 'All from there')}
        {entry.object_id !== '' &&
          more({ object_kind: entry.object_kind, object_id: entry.object_id }, 'More on the same thing')}
        {entry.request_id !== '' && more({ request_id: entry.request_id }, 'All of this request')}
      </div>
    </div>
  );
}

export function EntryRow({ entry, actor, object, onFilter }: Props) {
  const [open, setOpen] = useState(false);
  const detail = `entry-${entry.number}`;
  const kind = actorKind(entry);
  return (
    <li className={classes.entry}>
      <button
        type="button"
        className={classes.line}
        aria-expanded={open}
        aria-controls={detail}
        onClick={() => setOpen(!open)}
      >
        <span className={classes.at}>
          <Exact at={entry.at} />
        </span>
        <span className={classes.who}>
          <bdi>{actor}</bdi>
          {kind && <span className={classes.kind}> {kind}</span>}
          {entry.source && <span className={classes.kind}> {entry.source}</span>}
        </span>
        <span className={classes.what}>
          {actWords(entry.action)}
          {object && (
            <span className={classes.object}>
              {' '}
              <bdi>{object}</bdi>
            </span>
          )}
        </span>
        <span className={classes.outcome} data-well={isCalm(entry.outcome) || undefined}>
          {entry.outcome.replaceAll('_', ' ')}
        </span>
        <ChevronIcon size={14} className={classes.chevron} />
      </button>
      {open && (
        <div id={detail}>
          <Details entry={entry} onFilter={onFilter} />
        </div>
      )}
    </li>
  );
}
