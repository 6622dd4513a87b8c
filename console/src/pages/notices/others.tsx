import { Button } from '@mantine/core';

import type { NoticeSubscription } from '~/api/types';
import list from '~/parts/list.module.css';

import classes from './notices.module.css';
import { end } from './use_subscription';
import { kindWord } from './words';

/** Other people's, for those who look after all of them. */
export function Others({ subscriptions }: { subscriptions: NoticeSubscription[] }) {
  return (
    <div>
      <h3 className={classes.subhead}>Other people’s</h3>
      <ul className={`${list.list} ${classes.others}`}>
        {subscriptions.map((one) => (
          <li key={one.id} className={list.row}>
            <div className={list.main}>
              <span className={list.name}>{one.owner_name}</span>
              <div className={list.faint}>
                <bdi>{one.address}</bdi> by {one.channel_name}
                {one.confirmed === null && ', not confirmed yet'}
              </div>
            </div>
            <div className={list.side}>{one.all ? 'Every kind' : one.kinds.map(kindWord).join(', ')}</div>
            <Button
              variant="default"
              size="xs"
              aria-label={`End the subscription of ${one.owner_name}`}
              onClick={() => void end(one)}
            >
              End
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
