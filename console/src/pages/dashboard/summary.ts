import type { Connection, ConnectionState } from '~/api/types';
import { needsPerson, type Tone } from '~/connections/states';

export interface Summary {
  words: string;
  detail: string;
  tone: Tone;
}

function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 connection ${one}` : `${count} connections ${many}`;
}

const details: [ConnectionState, string][] = [
  ['healthy', 'healthy'],
  ['degraded', 'degraded'],
  ['failing', 'failing'],
  ['needs_credential', 'in need of a credential'],
  ['untested', 'untested'],
  ['disabled', 'disabled'],
];

/** How everything is, in one sentence, and the numbers behind it. */
export function summary(connections: readonly Connection[]): Summary {
  const count = (state: ConnectionState) => connections.filter((one) => one.state === state).length;
  const detail = details
    .map(([state, word]) => [count(state), word] as const)
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}`)
    .join(' · ');
  const waiting = connections.filter((one) => needsPerson(one.state)).length;
  if (waiting > 0) return { words: counted(waiting, 'needs a person', 'need a person'), detail, tone: 'bad' };
  const degraded = count('degraded');
  if (degraded > 0)
    return {
      words: counted(degraded, 'works, but not as it should', 'work, but not as they should'),
      detail,
      tone: 'warn',
    };
  const used = connections.length - count('disabled');
  if (used === 0) return { words: 'Every connection is disabled', detail, tone: 'still' };
  if (count('untested') > 0)
    return { words: counted(count('untested'), 'has not been tested', 'have not been tested'), detail, tone: 'still' };
  return {
    words: used === 1 ? 'The connection is healthy' : `All ${used} connections are healthy`,
    detail: count('disabled') > 0 ? detail : '',
    tone: 'good',
  };
}
