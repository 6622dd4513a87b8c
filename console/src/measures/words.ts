import type { Measure, MeasureState } from '~/api/types';

export type Tone = 'still' | 'good' | 'warn' | 'bad';

export interface Group {
  name: string;
  title: string;
  /** What the lines of the group have in common. */
  lead: string;
  tone: Tone;
  /** A word for the line by itself. */
  tag: string;
  holds: (line: Measure) => boolean;
  /** Shut until it is asked for: nothing is to be done there. */
  isQuiet: boolean;
}

const inState = (state: MeasureState) => (line: Measure) => line.state === state;
const urgent = (urgency: Measure['urgency']) => (line: Measure) => line.state === 'to_do' && line.urgency === urgency;

export const groups: Group[] = [
  {
    name: 'now',
    title: 'Do now',
    lead: 'What a thief could use today.',
    tone: 'bad',
    tag: 'now',
    holds: urgent('now'),
    isQuiet: false,
  },
  {
    name: 'soon',
    title: 'Do soon',
    lead: 'What makes the next trouble worse than it must be.',
    tone: 'warn',
    tag: 'soon',
    holds: urgent('soon'),
    isQuiet: false,
  },
  {
    name: 'later',
    title: 'Do when you can',
    lead: 'What a careful house has.',
    tone: 'warn',
    tag: 'later',
    holds: urgent('later'),
    isQuiet: false,
  },
  {
    name: 'cannot_tell',
    title: 'Cannot be told',
    lead: 'Not seen, or not enough: each line says what would let one tell.',
    tone: 'still',
    tag: 'cannot tell',
    holds: inState('cannot_tell'),
    isQuiet: false,
  },
  {
    name: 'accepted',
    title: 'Accepted',
    lead: 'Known, and lived with for a time.',
    tone: 'still',
    tag: 'accepted',
    holds: inState('accepted'),
    isQuiet: true,
  },
  {
    name: 'ok',
    title: 'As it should be',
    lead: 'Seen, and well.',
    tone: 'good',
    tag: 'ok',
    holds: inState('ok'),
    isQuiet: true,
  },
  {
    name: 'not_applicable',
    title: 'Not applicable',
    lead: 'What these ask about is not there.',
    tone: 'still',
    tag: 'not applicable',
    holds: inState('not_applicable'),
    isQuiet: true,
  },
];

const kinds: Record<Measure['subject_kind'], string> = {
  connection: 'Connection',
  account: 'Service account',
  installation: 'This Mailward',
};

/** What a line is about: "Service account svc@example.test". */
export function aboutWords({ subject_kind, subject_name }: Measure): { kind: string; name: string } {
  return { kind: kinds[subject_kind], name: subject_name };
}

/** Whether a person may say that he lives with it. */
export function canBeAccepted(line: Measure): boolean {
  return line.state === 'to_do' || line.state === 'cannot_tell';
}

/** The day so many days from now, as the API takes it. */
export function dayAfter(days: number, now: number): string {
  return new Date(now + days * 86_400_000).toISOString().slice(0, 10);
}

/** How many lines want work, for a heading. */
export function workWords(lines: readonly Measure[]): string {
  const toDo = lines.filter(inState('to_do')).length;
  const unseen = lines.filter(inState('cannot_tell')).length;
  const words = [toDo === 0 ? 'Nothing to do' : `${toDo} to do`, unseen > 0 && `${unseen} cannot be told`];
  return words.filter(Boolean).join(', ');
}
