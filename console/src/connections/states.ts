import type { Connection, ConnectionState } from '~/api/types';

/** How bad something is, in the four colours that the console has. */
export type Tone = 'good' | 'warn' | 'bad' | 'still';

export const stateWords: Record<ConnectionState, { label: string; tone: Tone }> = {
  healthy: { label: 'Healthy', tone: 'good' },
  degraded: { label: 'Degraded', tone: 'warn' },
  failing: { label: 'Failing', tone: 'bad' },
  needs_credential: { label: 'Needs a credential', tone: 'bad' },
  untested: { label: 'Untested', tone: 'still' },
  disabled: { label: 'Disabled', tone: 'still' },
};

const kUnjudged: Record<string, string> = {
  running: 'under way',
  interrupted: 'interrupted',
  cancelled: 'cancelled',
  failed: 'not finished',
};

/** What a heartbeat found: a state, or why it found none. */
export function beatWords(outcome: string): { label: string; tone: Tone } {
  const state = (stateWords as Record<string, { label: string; tone: Tone } | undefined>)[outcome];
  if (state) return { label: state.label.toLowerCase(), tone: state.tone };
  return { label: kUnjudged[outcome] ?? plain(outcome), tone: 'still' };
}

export function needsPerson(state: ConnectionState): boolean {
  return state === 'needs_credential' || state === 'failing';
}

const gravity: Record<ConnectionState, number> = {
  needs_credential: 0,
  failing: 1,
  degraded: 2,
  untested: 3,
  healthy: 4,
  disabled: 5,
};

/** The gravest first, then by name. */
export function byGravity(a: Connection, b: Connection): number {
  return gravity[a.state] - gravity[b.state] || a.description.localeCompare(b.description);
}

export const productNames: Record<string, string> = {
  sync_and_recover: 'Sync & Recover',
  internal_email_protect: 'Internal Email Protect',
  threat_remediation: 'Threat Remediation',
  continuity_monitor: 'Continuity Monitor',
};

export function productName(product: string): string {
  return productNames[product] ?? product;
}

export const schemeNames = { negotiate: 'Negotiate (Kerberos)', ntlm: 'NTLM', basic: 'Basic' } as const;

/** "bad_password" is "bad password". */
export function plain(name: string): string {
  return name.replaceAll('_', ' ');
}

/** Host and port of an EWS URL, as short as it can be said. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
