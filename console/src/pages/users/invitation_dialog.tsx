import { Button, Modal } from '@mantine/core';

import type { Invitation } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Command } from '~/parts/copyable';
import { Notice } from '~/parts/notice';
import { Exact } from '~/parts/time';

import classes from './users.module.css';

/** The link by which a user chooses his password. Shown once; the service keeps only its hash. */
export function InvitationDialog({
  name,
  invitation,
  onClose,
}: {
  name: string;
  invitation: Invitation;
  onClose: () => void;
}) {
  return (
    <Modal opened onClose={onClose} closeOnClickOutside={false} title={`Invitation for ${isolated(name)}`} size={560}>
      <div className={classes.dialog}>
        <p>
          Hand this link to <bdi>{name}</bdi>, by a way that only he or she reads. Whoever opens it chooses the
          password.
        </p>
        <Command text={invitation.url} />
        <Notice kind="warn">
          It is good once, until <Exact at={invitation.expires_at} />, and is shown only here. A lost one is made anew
          by <em>Reset</em>.
        </Notice>
      </div>
      <div className={classes.buttons}>
        <Button onClick={onClose} data-autofocus>
          Done
        </Button>
      </div>
    </Modal>
  );
}
