import { Button } from '@mantine/core';
import { Link, useRouteError } from 'react-router-dom';

import { Page } from '~/parts/page';
import { Empty } from '~/parts/states';

/** An address that leads nowhere. */
export function NotThere() {
  return (
    <Page title="Nothing is here">
      <Empty
        title="This address leads nowhere"
        action={
          <Button component={Link} to="/" variant="default">
            To the dashboard
          </Button>
        }
      >
        What was here may have been deleted, or the address was mistyped.
      </Empty>
    </Page>
  );
}

/** A page that could not be loaded (the service was updated since), or that has broken. */
export function Unexpected() {
  const error = useRouteError();
  const isOld = error instanceof TypeError && /import|module/i.test(error.message);
  return (
    <Empty
      title={isOld ? 'This page is from before an update' : 'This page has broken'}
      action={<Button onClick={() => location.reload()}>Load it anew</Button>}
    >
      {isOld
        ? 'Mailward was updated, or does not answer, since you opened it.'
        : 'That is a fault of the console. Loading it anew usually helps.'}
    </Empty>
  );
}
