import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router-dom';

import type { Connection } from '~/api/types';
import { ConnectionRows } from '~/connections/connection_row';
import { useConnections } from '~/connections/queries';
import { byGravity, needsPerson } from '~/connections/states';
import { ConnectionIcon } from '~/parts/icons';
import { Page } from '~/parts/page';
import { Empty, Failed, RowsLoading } from '~/parts/states';
import { Ago } from '~/parts/time';
import { useMay } from '~/session/session';
import { KnownLockOuts } from '~/status/locked_accounts';
import { statusQuery } from '~/status/queries';
import { RecoveryKeyNotice } from '~/status/recovery_key_notice';

import classes from './dashboard.module.css';
import { NeedsPerson } from './needs_person';
import { summary } from './summary';

function Overview({ connections }: { connections: readonly Connection[] }) {
  const sorted = [...connections].sort(byGravity);
  const waiting = sorted.filter((one) => needsPerson(one.state));
  const { words, detail, tone } = summary(connections);
  return (
    <>
      <div className={classes.summary} data-tone={tone} role="status">
        <span className={classes.lamp} aria-hidden="true" />
        <div>
          <div className={classes.words}>{words}</div>
          {detail && connections.length > 1 && <div className={classes.detail}>{detail}</div>}
        </div>
      </div>
      {waiting.length > 0 && (
        <section aria-labelledby="waiting" className={classes.section}>
          <h2 id="waiting">Needs a person now</h2>
          <ul className={classes.waiting}>
            {waiting.map((one) => (
              <NeedsPerson key={one.id} connection={one} />
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="connections" className={classes.section}>
        <div className={classes.sectionHead}>
          <h2 id="connections">Server connections</h2>
          <span className={classes.legend}>the last 30 tests, the newest at the right</span>
        </div>
        <ConnectionRows connections={sorted} withReasons={waiting.length === 0} />
      </section>
    </>
  );
}

/** What somebody has to do on the server, once. */
function RecoveryKey() {
  const { data } = useQuery(statusQuery);
  if (!data || data.recovery_key_taken !== null) return null;
  return (
    <div className={classes.notice}>
      <RecoveryKeyNotice />
    </div>
  );
}

function Foot() {
  const { data } = useQuery(statusQuery);
  if (!data) return null;
  return (
    <p className={classes.foot}>
      Mailward {data.version} · started <Ago at={data.started} /> ·{' '}
      {data.database.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'}
    </p>
  );
}

/** How everything is, and what a person has to do now. */
export function Dashboard() {
  const { data, error, refetch } = useConnections();
  const mayChange = useMay('change_connections');
  return (
    <Page title="Dashboard" wide>
      <RecoveryKey />
      <KnownLockOuts className={classes.notice} />
      {data ? (
        data.length > 0 ? (
          <Overview connections={data} />
        ) : (
          <Empty
            picture={<ConnectionIcon size={26} />}
            title="Begin with a server connection"
            action={
              mayChange ? (
                <Button component={Link} to="/connections/new">
                  Add connection
                </Button>
              ) : undefined
            }
          >
            Everything reaches Exchange by one. Give it the address, the master mailbox and its password; the test says
            what is missing.
          </Empty>
        )
      ) : error ? (
        <Failed error={error} retry={refetch} />
      ) : (
        <RowsLoading />
      )}
      <Foot />
    </Page>
  );
}
