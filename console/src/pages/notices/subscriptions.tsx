import { useQuery } from '@tanstack/react-query';

import { Failed, RowsLoading } from '~/parts/states';
import { useMay } from '~/session/session';

import { AddSubscription } from './add_subscription';
import { Confirmation } from './confirmation';
import classes from './notices.module.css';
import { Others } from './others';
import { Part } from './part';
import { channelsQuery, kindsQuery, subscriptionsQuery } from './queries';
import { WishTable } from './wish_table';

/** What comes to me, as a table of kinds; for those who may, the house's own beside it. */
export function Subscriptions() {
  const subscriptions = useQuery(subscriptionsQuery);
  const kinds = useQuery(kindsQuery);
  const channels = useQuery(channelsQuery);
  const mayChange = useMay('change_connections');
  const failed = [subscriptions, kinds, channels].find((one) => one.error);
  const here = subscriptions.data?.filter((one) => one.mine || (mayChange && one.owner === null));
  const others = subscriptions.data?.filter((one) => !one.mine && one.owner !== null);
  return (
    <Part title="Subscriptions" lead="Which notices come to you; each address is asked for by itself.">
      {here && kinds.data && channels.data ? (
        <div className={classes.subscriptions}>
          {here
            .filter((one) => one.confirmed === null)
            .map((one) => (
              <Confirmation key={one.id} one={one} />
            ))}
          {here.length > 0 && <WishTable subscriptions={here} kinds={kinds.data} />}
          {channels.data.length > 0 ? (
            <AddSubscription channels={channels.data} />
          ) : (
            <p className={classes.hint}>There is no channel yet by which anything could come.</p>
          )}
          {others && others.length > 0 && <Others subscriptions={others} />}
        </div>
      ) : failed ? (
        <Failed
          error={failed.error}
          retry={() => {
            void failed.refetch();
          }}
        />
      ) : (
        <RowsLoading />
      )}
    </Part>
  );
}
