import type { OldPassword } from '~/api/types';
import type { Tone } from '~/connections/states';

type Sign = OldPassword['seen'][number];

const kinds: Record<Sign['kind'], { label: string; tone: Tone }> = {
  wrong_password: { label: 'Wrong password', tone: 'warn' },
  our_own: { label: 'Mailward’s own try', tone: 'still' },
  locked_out: { label: 'Locked out', tone: 'bad' },
  unlocked: { label: 'Lock-out lifted', tone: 'good' },
  not_unlocked: { label: 'Still locked out', tone: 'bad' },
  events: { label: 'From the event log', tone: 'still' },
};

/** What the service writes of an origin that is neither Exchange nor this server. */
const kStranger = '(somebody else)';

/** What was seen, as a word, and how bad it is. */
export function signWords({ kind, text }: Pick<Sign, 'kind' | 'text'>): { label: string; tone: Tone } {
  if (kind === 'events' && text.includes(kStranger)) return { label: 'Somebody else', tone: 'warn' };
  return kinds[kind];
}

/** What has been found out so far, in a sentence; that nobody uses it is never said. */
export function seenWords({ seen, unlisted }: Pick<OldPassword, 'seen' | 'unlisted'>): string {
  const bad = seen.filter((one) => ['warn', 'bad'].includes(signWords(one).tone)).length;
  if (seen.length === 0) return 'The directory shows no use of another password so far.';
  const more = unlisted > 0 ? ` ${unlisted} more are not listed.` : '';
  if (bad === 0) return `What was seen is nobody’s but Mailward’s and Exchange’s own.${more}`;
  return `Something still shows another password, or was let in from elsewhere. Find it, and give it the new one.${more}`;
}

export const kMostEventBytes = 900_000;

/** Why a file is not sent; '' where it is. */
export function fileProblem(file: { size: number; name: string }): string {
  if (file.size === 0) return `${file.name} is empty.`;
  if (file.size <= kMostEventBytes) return '';
  return `${file.name} has more than 900 kB. Cut it by time, in PowerShell, where the file lies; then hand in each part: they add up.`;
}
