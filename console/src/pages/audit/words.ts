import type { AuditEntry } from '~/api/types';
import { plain } from '~/connections/states';
import { capital } from '~/runs/step_words';

const acts: Record<string, string> = {
  'session.create': 'Sign-in',
  'session.confirm': 'Sign-in confirmed',
  'session.end': 'Session ended',
  'session.refusals': 'Refusals, counted',
  'user.create': 'User created',
  'user.update': 'User changed',
  'user.delete': 'User deleted',
  'user.reset': 'User reset',
  'user.password': 'Password changed',
  'user.totp_begin': 'Authenticator set up',
  'user.totp_enable': 'Authenticator added',
  'user.totp_disable': 'Authenticator removed',
  'user.totp_reset': 'Authenticator reset',
  'invitation.use': 'Invitation opened',
  'invitation.accept': 'Invitation accepted',
  'role.update': 'Role changed',
  'token.create': 'API token created',
  'token.revoke': 'API token revoked',
  'token.use': 'API token used',
  'connection.create': 'Connection created',
  'connection.update': 'Connection changed',
  'connection.delete': 'Connection deleted',
  'connection.enable': 'Connection enabled',
  'connection.disable': 'Connection disabled',
  'connection.state': 'State changed',
  'connection.test': 'Connection tested',
  'connection.find': 'Exchange looked for by Autodiscover',
  'connection.save_despite_test': 'Saved in spite of a failed test',
  'connection.view': 'Form opened',
  'account.view': 'Account opened',
  'directory.view': 'Directory opened',
  'request.refused': 'Request refused',
  'credential.promote': 'Password promoted',
  'credential.refuse': 'Password refused',
  'credential.reopen': 'Password released to be tried again',
  'account.create': 'Account created',
  'account.update': 'Account changed',
  'account.delete': 'Account deleted',
  'account.enable': 'Account enabled',
  'account.disable': 'Account disabled',
  'account.resolve': 'Account resolved',
  'account.rebind': 'Account’s password rebound',
  'account.begin_rotation': 'Rotation begun',
  'account.rotate': 'Rotation ended',
  'account.set_reset_account': 'Reset account named',
  'account.clear_reset_account': 'Reset account removed',
  'account.set_schedule': 'Account’s schedule changed',
  'account.set_twin': 'Twin named',
  'account.clear_twin': 'Twin removed',
  'account.set_source': 'Other vault named',
  'account.clear_source': 'Other vault removed',
  'account.old_password_seen': 'Another password seen after a rotation',
  'account.take_events': 'Controller’s sign-ins handed in',
  'connection.switch_to_twin': 'Connection went over to the twin',
  'credential.generate': 'Password made by Mailward',
  'credential.drop': 'Password dropped',
  'account.set_password': 'Account’s password saved',
  'directory.create': 'Directory created',
  'directory.update': 'Directory changed',
  'directory.delete': 'Directory deleted',
  'directory.reader_refused': 'Directory reader refused',
  'measure.accept': 'Measure accepted for a time',
  'measure.withdraw': 'Acceptance withdrawn',
  'measure.acceptance_ended': 'Acceptance ended',
  'key.rotate': 'Master key renewed',
  'key.renew_recovery': 'Recovery key renewed',
  'key.take_recovery': 'Recovery key’s private half taken',
  'run.cancel': 'Test stopped',
  'audit.head_file': 'Head file found otherwise',
  'audit.verify': 'Audit trail verified',
};

/** What was done, in words; what has no words here is told by its name. */
export function actWords(action: string): string {
  return acts[action] ?? capital(plain(action.replace('.', ' ')));
}

/** What can be looked for: everything of a kind. */
export const actKinds: { value: string; label: string }[] = [
  { value: 'session.*', label: 'Signing in and out' },
  { value: 'connection.*', label: 'Connections' },
  { value: 'connection.test', label: 'Connection tests' },
  { value: 'credential.*', label: 'Passwords of accounts' },
  { value: 'account.*', label: 'Service accounts' },
  { value: 'directory.*', label: 'Directories' },
  { value: 'user.*', label: 'Users' },
  { value: 'role.*', label: 'Roles' },
  { value: 'token.*', label: 'API tokens' },
  { value: 'invitation.*', label: 'Invitations' },
  { value: 'key.*', label: 'Keys' },
  { value: 'audit.*', label: 'The audit trail itself' },
  { value: 'request.refused', label: 'Refused requests' },
];

const kCalm = ['ok', 'healthy', 'untested', ''];

/** Nothing went wrong, as far as this entry knows. */
export function isCalm(outcome: string): boolean {
  return kCalm.includes(outcome);
}

type WhoDid = Pick<AuditEntry, 'actor' | 'action' | 'outcome'>;

/** Whoever was turned away at the door: Mailward wrote it down, and somebody did it. */
export function isUnknownPerson({ actor, action, outcome }: WhoDid): boolean {
  // The count of many such attempts is Mailward's own.
  return actor === 'system:access' && outcome === 'refused' && action !== 'session.refusals';
}

/** How the actor was there: what stands small beside his name. */
export function actorKind(entry: WhoDid & Pick<AuditEntry, 'token'>): string {
  const { actor, token } = entry;
  if (token) return 'API token';
  if (isUnknownPerson(entry)) return '';
  if (actor.startsWith('local:')) return 'local socket';
  if (actor.startsWith('system:')) return 'by itself';
  return '';
}

export interface Change {
  field: string;
  before: string;
  after: string;
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(shown).join(', ') || '–';
  return JSON.stringify(value);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** What an entry itself calls its thing: for what is gone by now, or has no page of its own. */
export function nameWithin(details: AuditEntry['details']): string {
  const places = [record(details), record(details?.['after']), record(details?.['before'])];
  const found = places.map((place) => place['name'] ?? place['description']).find((name) => typeof name === 'string');
  return typeof found === 'string' ? found : '';
}

/** What a change changed, field by field. */
export function changesOf(details: AuditEntry['details']): Change[] {
  const before = record(details?.['before']);
  const after = record(details?.['after']);
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields.map((field) => ({
    field: capital(plain(field)),
    before: shown(before[field]),
    after: shown(after[field]),
  }));
}

/** Everything else that an entry says of itself. */
export function factsOf(details: AuditEntry['details']): [string, string][] {
  return Object.entries(details ?? {})
    .filter(([name]) => name !== 'before' && name !== 'after')
    .map(([name, value]) => [capital(plain(name)), shown(value)]);
}
