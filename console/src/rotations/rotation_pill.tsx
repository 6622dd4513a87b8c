import { Loader } from '@mantine/core';

import type { Rotation } from '~/api/types';
import pills from '~/connections/connections.module.css';
import { BangIcon, CheckIcon, CrossIcon, UndoIcon } from '~/parts/icons';

import { rotationWords } from './words';

const icons = { finished: CheckIcon, undone: UndoIcon, unclear: CrossIcon } as const;

/** A rotation's state: by word, by shape and by colour; it turns while the rotation goes on. */
export function RotationPill({ rotation }: { rotation: Pick<Rotation, 'state' | 'degraded' | 'ended'> }) {
  const { label, tone } = rotationWords(rotation);
  const { state, degraded } = rotation;
  const Icon = state === 'finished' && degraded ? BangIcon : state in icons ? icons[state as keyof typeof icons] : null;
  return (
    <span className={pills.pill} data-tone={tone}>
      {Icon ? <Icon size={14} strokeWidth={2} /> : <Loader size={11} color="currentColor" aria-hidden="true" />}
      {label}
    </span>
  );
}
