import type { PasswordState } from '~/api/types';

import type { Tone } from './states';

/** What a sign-in with a service account's password would find. */
export const passwordWords: Record<PasswordState, { label: string; tone: Tone }> = {
  active: { label: 'In use', tone: 'good' },
  pending: { label: 'Not tried yet', tone: 'warn' },
  refused: { label: 'Refused', tone: 'bad' },
  none: { label: 'None', tone: 'still' },
};
