import type { RenewalItem, RenewalLine } from '~/api/types';

type Tone = 'good' | 'warn' | 'bad' | 'still';

export const renewalWords: Record<RenewalLine['state'], { label: string; tone: Tone }> = {
  awaiting_approval: { label: 'Waits for approval', tone: 'warn' },
  ready: { label: 'Ready to start', tone: 'still' },
  running: { label: 'Renewing', tone: 'still' },
  waiting: { label: 'Waits for people', tone: 'warn' },
  finished: { label: 'Finished', tone: 'good' },
  closed: { label: 'Ended', tone: 'bad' },
  expired: { label: 'Expired', tone: 'still' },
};

export const itemWords: Record<RenewalItem['state'], { label: string; tone: Tone }> = {
  planned: { label: 'Planned', tone: 'still' },
  acting: { label: 'Renewing', tone: 'still' },
  waiting: { label: 'Waits for a person', tone: 'warn' },
  done: { label: 'Renewed', tone: 'good' },
  failed: { label: 'Failed', tone: 'bad' },
  gone: { label: 'Not held any more', tone: 'still' },
  kept: { label: 'Stays', tone: 'still' },
  left: { label: 'Not renewed', tone: 'bad' },
};

/** How far a plan is, in one line. */
export function progressWords(items: readonly RenewalItem[]): string {
  const count = (state: RenewalItem['state']) => items.filter((one) => one.state === state).length;
  const parts = [`${count('done')} of ${items.filter((one) => one.way !== 'stays').length} renewed`];
  if (count('waiting') > 0) parts.push(`${count('waiting')} ${count('waiting') === 1 ? 'waits' : 'wait'} for a person`);
  if (count('failed') > 0) parts.push(`${count('failed')} failed`);
  if (count('left') > 0) parts.push(`${count('left')} not renewed`);
  return parts.join(' · ');
}
