import type { AuditEntry, Right, RoleName } from '~/api/types';
import { plain } from '~/connections/states';

export const roleWords: Record<RoleName, { label: string; what: string }> = {
  administrator: { label: 'Administrator', what: 'Everything but reading other people’s mail' },
  analyst: { label: 'Analyst', what: 'Sees connections and what runs' },
  operator: { label: 'Operator', what: 'Sees, tests, and stops what runs' },
  auditor: { label: 'Auditor', what: 'Sees all there is to check, changes nothing' },
};

export const roleNames = Object.keys(roleWords) as RoleName[];

export const rightWords: Record<Right, string> = {
  see_status: 'See the dashboard and status',
  see_connections: 'See connections, accounts, directories',
  change_connections: 'Change connections and passwords',
  test_connections: 'Test connections',
  see_runs: 'See runs and their steps',
  cancel_runs: 'Stop runs',
  see_audit: 'See the audit trail',
  see_keys: 'See the inventory of keys',
  see_users: 'See users and roles',
  manage_users: 'Change users and roles',
  manage_tokens: 'Manage API tokens',
  read_content: 'Read other people’s mail',
};

export const rightNames = Object.keys(rightWords) as Right[];

/** Who it was: by name where it is known. */
export function actorWords(entry: Pick<AuditEntry, 'actor' | 'actor_name'>): string {
  if (entry.actor_name && entry.actor_name !== entry.actor) return entry.actor_name;
  const [kind, ...rest] = entry.actor.split(':');
  const who = rest.join(':');
  if (kind === 'local') return who === '0' ? 'root, on the server' : `user ${who}, on the server`;
  if (kind === 'system') return `Mailward (${plain(who)})`;
  return entry.actor;
}
