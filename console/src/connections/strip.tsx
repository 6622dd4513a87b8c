import { Tooltip } from '@mantine/core';

import type { Connection, Heartbeat } from '~/api/types';
import { exact, took } from '~/parts/time_words';

import classes from './connections.module.css';
import { useHeartbeats } from './queries';
import { beatWords, plain } from './states';

/** What the strip says in a sentence, for those who do not see it. */
export function stripWords(heartbeats: readonly Heartbeat[]): string {
  const bad = heartbeats.filter((one) => !['good', 'still'].includes(beatWords(one.outcome).tone)).length;
  if (heartbeats.length === 0) return 'No heartbeat yet';
  return bad === 0
    ? `The last ${heartbeats.length} heartbeats were healthy`
    : `${bad} of the last ${heartbeats.length} heartbeats were not healthy`;
}

/** The last heartbeats, oldest first; places that have none yet are faint. */
export function Strip({ heartbeats, places = 30 }: { heartbeats: readonly Heartbeat[]; places?: number }) {
  const shown = heartbeats.slice(0, places).reverse();
  const none = Math.max(0, places - shown.length);
  return (
    <div className={classes.strip} role="img" aria-label={stripWords(shown)}>
      {Array.from({ length: none }, (_, at) => (
        <span key={at} className={classes.beat} data-tone="none" />
      ))}
      {shown.map((one) => {
        const { label, tone } = beatWords(one.outcome);
        const reason = one.reason && one.reason !== 'none' ? `: ${plain(one.reason)}` : '';
        return (
          <Tooltip
            key={one.run}
            label={`${exact(one.at)} · ${label}${reason} · ${took(one.ms)}${one.by_schedule ? '' : ' · by a person'}`}
          >
            <span className={classes.beat} data-tone={tone} />
          </Tooltip>
        );
      })}
    </div>
  );
}

/** The strip of a connection, which follows its tests. */
export function ConnectionStrip({ connection, places = 30 }: { connection: Connection; places?: number }) {
  const { data } = useHeartbeats(connection, places);
  return <Strip heartbeats={data ?? []} places={places} />;
}
