import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';

import classes from './confirm.module.css';

interface Props {
  opened: boolean;
  title: string;
  /** What the one button does, as a verb. */
  yes: string;
  no?: string;
  danger?: boolean;
  /** Whoever presses Enter once more means no. */
  careful?: boolean;
  busy?: boolean;
  size?: number;
  onAnswer: (yes: boolean) => void;
  children: ReactNode;
}

/** Asks once, before something that cannot be taken back or that a person should have seen. Esc is no. */
export function Confirm({
  opened,
  title,
  yes,
  no = 'Cancel',
  danger = false,
  careful = danger,
  busy = false,
  size = 480,
  onAnswer,
  children,
}: Props) {
  return (
    <Modal opened={opened} onClose={() => onAnswer(false)} title={title} size={size}>
      <div className={classes.body}>{children}</div>
      <div className={classes.buttons}>
        <Button variant="default" onClick={() => onAnswer(false)} data-autofocus={careful || undefined}>
          {no}
        </Button>
        <Button
          {...(danger ? { color: 'red' } : {})}
          loading={busy}
          onClick={() => onAnswer(true)}
          data-autofocus={!careful || undefined}
        >
          {yes}
        </Button>
      </div>
    </Modal>
  );
}
