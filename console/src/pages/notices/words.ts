import type { NoticeChannel, NoticeDelivery, NoticeTest, PostedNotice, Severity } from '~/api/types';

type Tone = 'still' | 'good' | 'warn' | 'bad';

export const severityWords: Record<Severity, { word: string; tone: Tone }> = {
  info: { word: 'Info', tone: 'still' },
  warning: { word: 'Warning', tone: 'warn' },
  alarm: { word: 'Alarm', tone: 'bad' },
};

const channelStates: Record<NoticeChannel['state'], { word: string; tone: Tone }> = {
  ready: { word: 'Ready', tone: 'good' },
  resting: { word: 'Password refused', tone: 'bad' },
  turned_away: { word: 'Turned away', tone: 'bad' },
  off: { word: 'Off', tone: 'still' },
};

/** How a channel is, with what became of the last message by it. */
export function stateOf(channel: Pick<NoticeChannel, 'state' | 'last_accepted' | 'last_refused'>) {
  const refusedLast = channel.last_refused !== null && (channel.last_accepted ?? '') < channel.last_refused;
  const inTrouble = channel.state === 'ready' && refusedLast;
  return {
    refusedLast,
    ...(inTrouble ? { word: 'Last one failed', tone: 'warn' as const } : channelStates[channel.state]),
  };
}

export const deliveryStates: Record<NoticeDelivery['state'], { word: string; tone: Tone }> = {
  waiting: { word: 'On its way', tone: 'warn' },
  joined: { word: 'Goes with others', tone: 'warn' },
  sent: { word: 'Accepted', tone: 'good' },
  refused: { word: 'Refused', tone: 'bad' },
  given_up: { word: 'Given up', tone: 'bad' },
  dropped: { word: 'Not sent', tone: 'still' },
};

export const stageWords: Record<NoticeTest['stages'][number]['stage'], string> = {
  resolve: 'Name resolution',
  connect: 'Connection',
  tls: 'TLS',
  sign_in: 'Sign-in',
  accept: 'Message accepted',
};

/** "rotation_failed" as people read it. */
export function kindWord(kind: string): string {
  const words = kind.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "It broke (and 41 more)". */
export function titleOf({ title, times }: Pick<PostedNotice, 'title' | 'times'>): string {
  return times > 1 ? `${title} (and ${times - 1} more)` : title;
}
