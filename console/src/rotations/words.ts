import type { AccountDetail, GateLoad, Rotation, RotationState } from '~/api/types';
import { plain, productNames, type Tone } from '~/connections/states';
import { took } from '~/parts/time_words';
import { capital } from '~/runs/step_words';

import type { Way } from './ways';

/** What a rotation's state is called, and how bad it is. */
const states: Record<RotationState, { label: string; tone: Tone }> = {
  planned: { label: 'Beginning', tone: 'still' },
  sealed: { label: 'Password made', tone: 'still' },
  resetting: { label: 'Setting the password', tone: 'still' },
  taken: { label: 'Proving the password', tone: 'still' },
  promoted: { label: 'In force, being verified', tone: 'still' },
  undoing: { label: 'Being undone', tone: 'warn' },
  undone: { label: 'Undone', tone: 'warn' },
  finished: { label: 'Finished', tone: 'good' },
  unclear: { label: 'Unclear', tone: 'bad' },
};

type Standing = Pick<Rotation, 'state' | 'degraded'>;

export function rotationWords({ state, degraded }: Standing): { label: string; tone: Tone } {
  if (state === 'finished' && degraded) return { label: 'Finished, degraded', tone: 'warn' };
  return states[state];
}

/** What the end of a rotation means for whoever looks at it; '' where the state says it all. */
export function meaningOf({ state, degraded }: Standing): string {
  if (state === 'undone') {
    return 'The password of before stays in use. Deal with the reason, then rotate again.';
  }
  if (state === 'unclear') {
    return 'Nothing more is tried by itself, and no password is thrown away. A person has to find out which one Active Directory has: rotate once more, or type the one that is in force on a connection.';
  }
  if (state === 'finished' && degraded) {
    return 'Nothing has to be undone. The steps that warn say what is amiss.';
  }
  return '';
}

export const wayWords: Record<Way, string> = {
  delegated_reset: 'Set by the reset account',
  manual: 'Typed by a person',
  self_change: 'Changed by the account itself',
  twin: 'The twin takes over',
  external: 'Handed over by another vault',
};

const loads: Record<string, string> = {
  ...productNames,
  continuity_probe: 'Continuity probe',
  connection_test: 'Connection test',
};

export function loadName(load: string): string {
  return loads[load] ?? capital(plain(load));
}

export interface Experience {
  calls: number;
  failed: number;
  held: number;
  longestHoldMs: number;
}

/** What all loads met together. */
export function experienceOf(all: readonly GateLoad[]): Experience {
  const sum = (of: (load: GateLoad) => number) => all.reduce((total, one) => total + of(one), 0);
  return {
    calls: sum((one) => one.calls),
    failed: sum((one) => one.failed),
    held: sum((one) => one.held),
    longestHoldMs: Math.max(0, ...all.map((one) => one.longest_hold_ms)),
  };
}

/** How long nobody could sign in anew. */
export function doorWords(rotation: Pick<Rotation, 'door_closed' | 'door_closed_ms' | 'ended'>): string {
  if (rotation.door_closed_ms !== null) return took(rotation.door_closed_ms);
  if (rotation.door_closed) return 'now';
  return rotation.ended ? 'never' : 'not yet';
}

/** One thing without which no rotation can succeed, and where on the account's page it is dealt with. */
export interface Missing {
  what: string;
  how: string;
  at: string;
}

type Ready = Pick<
  AccountDetail,
  | 'enabled'
  | 'credentials'
  | 'directory'
  | 'reset_account'
  | 'reset_account_name'
  | 'reset_account_password'
  | 'rotation_mode'
  | 'twin'
>;

/** What is known of its surroundings; what is not known yet is not missed. */
export interface Around {
  hasReader?: boolean | undefined;
  hasSource?: boolean | undefined;
}

/** What a way cannot be chosen without. */
export function needsOf(account: Ready, way: Way, { hasReader, hasSource }: Around = {}): Missing[] {
  if (way === 'manual') return [];
  const found: Missing[] = [];
  if (!account.directory) {
    found.push({ what: 'Mailward does not know where it lives.', how: 'Choose its directory', at: 'directory' });
  }
  if (way === 'delegated_reset' && !account.reset_account) {
    found.push({ what: 'Nobody is named who sets its password.', how: 'Name a reset account', at: 'reset-account' });
  }
  if (way === 'self_change' && account.directory && hasReader === false) {
    found.push({
      what: 'Its directory has no reader, by which to find out what became of a change that was cut short.',
      how: 'Name one, with its password, under Directories',
      at: `/directories/${account.directory}`,
    });
  }
  if (way === 'twin' && !account.twin) {
    found.push({ what: 'No twin of it is named.', how: 'Name its twin', at: 'twin' });
  }
  if (way === 'external' && hasSource === false) {
    found.push({
      what: 'Nobody has said where its passwords are had from.',
      how: 'Name another vault',
      at: 'another-vault',
    });
  }
  return found;
}

/** What stands in the way of rotating, as far as it is known without asking Active Directory. */
export function missingFor(account: Ready, way: Way = account.rotation_mode, around: Around = {}): Missing[] {
  const found: Missing[] = [];
  if (!account.enabled) found.push({ what: 'The account is disabled.', how: 'Enable it', at: 'account' });
  if (way !== 'external' && !account.credentials.some((one) => one.state === 'active')) {
    found.push({
      what: 'No password of it has signed in yet.',
      how: 'Type one on a connection that uses it, and test that',
      at: 'used-by',
    });
  }
  if (way === 'manual') {
    found.push({ what: 'It is renewed by hand.', how: 'Choose another way', at: 'renewal' });
  }
  found.push(...needsOf(account, way, around));
  const isReset = way === 'delegated_reset' || way === 'twin';
  if (isReset && account.reset_account && account.reset_account_password === 'refused') {
    found.push({
      what: `The password of ${account.reset_account_name} was refused.`,
      how: 'Type the one that is in force',
      at: 'reset-account',
    });
  }
  return found;
}
