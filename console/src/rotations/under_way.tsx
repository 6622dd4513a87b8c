import { Button } from '@mantine/core';
import { Link } from 'react-router-dom';

import type { Rotation } from '~/api/types';
import { Notice } from '~/parts/notice';
import { Ago } from '~/parts/time';

/** Where an account or a connection of it is looked at: its password is being renewed right now, by whomever. */
export function UnderWay({ rotation }: { rotation: Rotation }) {
  return (
    <Notice
      title="A rotation of this password is under way"
      actions={
        <Button component={Link} size="xs" to={`/rotations/${rotation.id}`}>
          Watch it
        </Button>
      }
    >
      <bdi>{rotation.account_name}</bdi>, begun <Ago at={rotation.created} />. {rotation.meaning}
    </Notice>
  );
}
