import { Link } from 'react-router-dom';

import type { Connection } from '~/api/types';
import { ChevronIcon } from '~/parts/icons';
import list from '~/parts/list.module.css';
import { said } from '~/parts/said';
import { Ago } from '~/parts/time';

import classes from './list.module.css';
import { StatePill } from './state_pill';
import { hostOf, productName } from './states';
import { ConnectionStrip } from './strip';

function UsedBy({ products }: { products: readonly string[] }) {
  if (products.length === 0) return <span className={list.faint}>No product uses it</span>;
  return <>{products.map(productName).join(', ')}</>;
}

/** One connection: the whole row leads to it. */
function ConnectionRow({ connection, withReason }: { connection: Connection; withReason: boolean }) {
  return (
    <li className={list.row}>
      <div className={list.main}>
        <Link to={`/connections/${connection.id}`} className={list.name ?? ''}>
          {connection.description}
        </Link>
        <div className={list.faint}>
          <div>{hostOf(connection.ews_url)}</div>
          <div>{connection.master_mailbox}</div>
        </div>
        {withReason && connection.reason_text && connection.state !== 'healthy' && (
          <div className={classes.reason}>{said(connection.reason_text)}</div>
        )}
      </div>
      <div>
        <StatePill state={connection.state} />
      </div>
      <div className={`${list.side} ${classes.products}`}>
        <UsedBy products={connection.products} />
      </div>
      <div className={classes.beats}>
        <ConnectionStrip connection={connection} />
        <div className={list.faint}>
          {connection.last_test ? (
            <>
              tested <Ago at={connection.last_test} />
            </>
          ) : (
            'never tested'
          )}
        </div>
      </div>
      <ChevronIcon size={16} className={list.go} />
    </li>
  );
}

export function ConnectionRows({
  connections,
  withReasons = true,
}: {
  connections: readonly Connection[];
  withReasons?: boolean;
}) {
  return (
    <ul className={`${list.list} ${classes.columns}`}>
      {connections.map((one) => (
        <ConnectionRow key={one.id} connection={one} withReason={withReasons} />
      ))}
    </ul>
  );
}
