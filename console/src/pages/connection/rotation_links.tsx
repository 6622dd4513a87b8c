import { Button } from '@mantine/core';
import { Link } from 'react-router-dom';

import { RotateIcon } from '~/parts/icons';
import { useMay } from '~/session/session';

/** From a connection to its account’s password: renewing it, and how that went before. */
export function RotationLinks({ account }: { account: string }) {
  const mayChange = useMay('change_connections');
  return (
    <>
      <Button variant="subtle" component={Link} to={`/rotations?account=${account}`}>
        Past rotations
      </Button>
      {mayChange && (
        <Button
          variant="default"
          component={Link}
          to={`/accounts/${account}#rotation`}
          leftSection={<RotateIcon size={16} />}
        >
          Rotate password
        </Button>
      )}
    </>
  );
}
