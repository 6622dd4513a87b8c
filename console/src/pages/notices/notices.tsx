import { Page } from '~/parts/page';

import { Channels } from './channel_list';
import classes from './notices.module.css';
import { Recent } from './recent';
import { Subscriptions } from './subscriptions';

export function Notices() {
  return (
    <Page title="Notices" lead="What Mailward tells people and other programs by itself, and by which ways it goes.">
      <div className={classes.parts}>
        <Channels />
        <Subscriptions />
        <Recent />
      </div>
    </Page>
  );
}
