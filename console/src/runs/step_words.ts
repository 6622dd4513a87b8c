import type { RunState, Step } from '~/api/types';
import { plain } from '~/connections/states';
import { took } from '~/parts/time_words';

const titles: Record<string, string> = {
  name_resolution: 'Name resolution',
  tcp: 'TCP',
  tls: 'TLS and certificate',
  certificates: 'Certificates compared',
  health_check: 'Health check',
  http_endpoint: 'Web service',
  authentication_schemes: 'Authentication schemes',
  account: 'Account in the directory',
  service_ticket: 'Service ticket',
  sign_in: 'Sign-in',
  server_version: 'Server version',
  own_mailbox: 'Own mailbox',
  extended_protection: 'Extended Protection',
  clock_skew: 'Clock',
  impersonation: 'Impersonation',
  scope: 'Refused mailbox',
  products: 'What the products need',
  directory: 'Active Directory, read',
  tls_versions: 'Old TLS versions',
  policy: 'Password policy',
  password_setters: 'Who can set the password',
  unlock_right: 'Whether a lock-out can be lifted',
  seal: 'New password, made and sealed',
  fetch: 'Fetch the password from the other vault',
  close_door: 'Close the sign-in door',
  reset: 'Set it in Active Directory',
  settle: 'Ask the controller again',
  prove: 'Prove the new password',
  undo: 'Set the old password again',
  front_ends: 'Sign in at every front end',
  controllers: 'The other domain controllers',
  switch: 'Go over to the renewed account',
  retire: 'Let go of the old password',
  loads: 'What the calls met',
  deep_create_folder: 'Deep test: make hidden folders',
  deep_create_item: 'Deep test: make an item',
  deep_move_item: 'Deep test: move it',
  deep_delete_item: 'Deep test: delete it',
  deep_delete_folder: 'Deep test: remove the folders',
};

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const kShort: Record<string, string> = {
  sha256: 'SHA-256',
  upn: 'UPN',
  sid: 'SID',
  dn: 'DN',
  spn: 'SPN',
  tls: 'TLS',
  pdc: 'PDC',
  kdc: 'KDC',
};

/** What reads better in other words than those of its name. */
const kNames: Record<string, string> = {
  accepted_by: 'Signed in at',
  already: 'In force already',
  as: 'Signed in as',
  behind: 'Behind',
  by: 'Proven by',
  calls_under_way: 'Calls on the old one',
  has_taken_it: 'Has the new password',
  history: 'Passwords remembered',
  same_as_in_force: 'The one in force already',
  streams_under_way: 'Streams on the old one',
  test: 'Run of the test',
  waited_for_sign_ins_ms: 'Waited for sign-ins',
  waits_for: 'Waits for',
};

/** The name of something that was seen: "last_sha256" is "Last SHA-256". */
function evidenceName(name: string): string {
  if (kNames[name]) return kNames[name];
  return capital(
    name
      .replace(/_ms$/, '')
      .replace(/^milliseconds$/, 'took')
      .split('_')
      .map((word) => kShort[word] ?? word)
      .join(' '),
  );
}

export function stepTitle(name: string): string {
  return titles[name] ?? capital(plain(name));
}

export function evidenceText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(evidenceText).join(', ');
  return JSON.stringify(value) ?? '';
}

const kProvenBy: Record<string, string> = { kdc: 'Kerberos', bind: 'LDAP sign-in' };

/** A value by the name under which it was seen: what is measured in milliseconds is said so. */
function valueText(name: string, value: unknown): string {
  if (typeof value === 'number' && (name === 'milliseconds' || name.endsWith('_ms'))) return took(value);
  if (typeof value === 'string') {
    if (name === 'by') return kProvenBy[value] ?? value;
    if (name === 'verdict') return value === 'none' ? 'nothing is wrong' : plain(value);
    // Each address with its verdict.
    if (name === 'front_ends') return value.replaceAll(/: none(?=,|$)/g, ': well');
  }
  return evidenceText(value);
}

/** The step whose evidence is by account: the names are people's, not the service's. */
const kByAccount = 'password_setters';

/** What a step saw, as names and values in the order in which it wrote them; what stayed empty is left out. */
export function evidenceOf(step: Step): [string, string][] {
  const isName = (name: string) => step.name === kByAccount && name !== 'error';
  return Object.entries(step.evidence ?? {})
    .filter(([, value]) => value !== '')
    .map(([name, value]) =>
      isName(name) ? [name, evidenceText(value)] : [evidenceName(name), valueText(name, value)],
    );
}

/** Which of a step's evidence says it all, by step; the first that is there, or several. */
const telling: Record<string, string[]> = {
  name_resolution: ['addresses'],
  tcp: [],
  tls: ['protocol', 'subject'],
  certificates: ['difference', 'ews_url_issuers'],
  health_check: ['front_end_server'],
  http_endpoint: ['front_end_server'],
  authentication_schemes: ['offered'],
  account: ['upn', 'directory', 'dn'],
  policy: ['policy'],
  seal: ['recovery_file'],
  reset: ['controller', 'milliseconds'],
  prove: ['by', 'connection', 'verdict'],
  undo: ['controller'],
  front_ends: ['connection', 'sentence', 'front_ends'],
  controllers: ['directory'],
  service_ticket: ['ticket', 'realm'],
  sign_in: ['scheme'],
  server_version: ['product', 'version'],
  own_mailbox: ['mailbox'],
  impersonation: ['mailbox_check'],
  scope: ['refused_mailbox', 'response_code'],
  products: ['products'],
};

type Evidence = NonNullable<Step['evidence']>;

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** What some steps saw, in words; '' where their evidence is not what these know. */
const sentences: Record<string, (evidence: Evidence) => string> = {
  clock_skew: ({ difference_seconds: by }) => (typeof by === 'number' ? `differs by ${by} s` : ''),
  policy: ({ policy, length }) => (typeof length === 'number' ? `${text(policy)} · ${length} characters` : ''),
  [kByAccount]: (evidence) => Object.keys(evidence).join(', '),
  close_door: ({ waited_for_sign_ins_ms: ms }) => (typeof ms === 'number' ? `waited ${took(ms)} for sign-ins` : ''),
  settle: ({ waits_for: waits, has_taken_it: has }) => {
    if (text(waits)) return `waits: ${text(waits)}`;
    return typeof has === 'boolean' ? (has ? 'it has the new password' : 'it has the old password') : '';
  },
  prove: ({ waits_for: waits }) => (text(waits) ? `waits: ${text(waits)}` : ''),
  undo: ({ waits_for: waits }) => (text(waits) ? `waits: ${text(waits)}` : ''),
  controllers: ({ taken_by: taken, accepted_by: by, behind }) =>
    [text(by) && `signed in at ${text(by)}`, text(behind) && `behind: ${text(behind)}`].filter(Boolean).join(' · ') ||
    (text(taken) ? 'there is no other' : ''),
  fetch: ({ asked, same_as_in_force: isSame }) => {
    if (isSame === true) return 'it is the one in force already';
    return typeof asked === 'number' ? `asked ${asked === 1 ? 'once' : `${asked} times`}` : '';
  },
  switch: ({ switched, from, to, why }) => (switched === true ? `${text(to)} took over from ${text(from)}` : text(why)),
  retire: ({ calls_under_way: calls, streams_under_way: streams }) => {
    if (typeof calls !== 'number') return '';
    const users = [
      calls > 0 && counted(calls, 'call ends on it', 'calls end on it'),
      typeof streams === 'number' && streams > 0 && counted(streams, 'stream ends on it', 'streams end on it'),
    ].filter(Boolean);
    return users.join(', ') || 'no call uses it';
  },
  loads: ({ calls, calls_failed: failed }) =>
    typeof calls === 'number' && typeof failed === 'number'
      ? `${counted(calls, 'call', 'calls')}, ${failed === 0 ? 'none' : failed} failed`
      : '',
};

/** One line of what a step saw: its error, or what its kind is asked for. */
export function stepSummary(step: Step): string {
  const evidence = step.evidence ?? {};
  if (typeof evidence['error'] === 'string') return evidence['error'];
  const inSentence = sentences[step.name]?.(evidence);
  if (inSentence) return inSentence;
  const names =
    telling[step.name] ??
    Object.keys(evidence)
      .filter((name) => name !== 'address')
      .slice(0, 2);
  return names
    .filter((name) => evidence[name] !== undefined && evidence[name] !== '')
    .map((name) => valueText(name, evidence[name]))
    .join(' · ');
}

export interface Switched {
  switched: boolean;
  from: string;
  to: string;
}

/** How a rotation of twins ended: which account took over from which; null before that is tried. */
export function switchOf(steps: readonly Step[]): Switched | null {
  const evidence = steps.filter((step) => step.name === 'switch').at(-1)?.evidence;
  if (!evidence) return null;
  return { switched: evidence['switched'] === true, from: text(evidence['from']), to: text(evidence['to']) };
}

/** What the service writes into a step that an earlier process has left, where the run goes on. */
const kLeft = 'the service ended in the middle of it';

/** The run, or the process that drove it, ended in the midst of this step, before it had seen anything. */
export function wasInterrupted(step: Step, run: RunState): boolean {
  if (step.outcome !== 'failed') return false;
  if (step.evidence?.['error'] === kLeft) return true;
  const sawNothing = Object.keys(step.evidence ?? {}).length === 0 && step.remedy === '';
  return sawNothing && (run === 'interrupted' || run === 'failed');
}

/** Which server a step was about, where there may be several. */
export function stepAddress(step: Step): string {
  const address = step.evidence?.['address'];
  return typeof address === 'string' ? address : '';
}

const kTestPhases: [string, string[]][] = [
  ['Network', ['proxy', 'name_resolution', 'tcp', 'tls', 'health_check', 'certificates']],
  ['Web service', ['http_endpoint', 'authentication_schemes']],
  ['Signing in', ['account', 'service_ticket', 'sign_in']],
  ['Exchange and mailboxes', []],
];

const kRotationPhases: [string, string[]][] = [
  ['Before anything is changed', ['account', 'policy', 'password_setters', 'unlock_right', 'fetch', 'seal']],
  ['The change', ['close_door', 'reset', 'settle', 'prove', 'undo']],
  ['Afterwards', []],
];

export interface Phase {
  title: string;
  steps: Step[];
}

/** The steps under headings, in their order. `kind`: the run's. */
export function inPhases(steps: readonly Step[], kind = 'connection_test'): Phase[] {
  const phases = kind === 'rotation' ? kRotationPhases : kTestPhases;
  const others = phases.at(-1)?.[0] ?? '';
  const found: Phase[] = [];
  for (const step of steps) {
    const title = phases.find(([, names]) => names.includes(step.name))?.[0] ?? others;
    const last = found.at(-1);
    if (last?.title === title) last.steps.push(step);
    else found.push({ title, steps: [step] });
  }
  return found;
}
