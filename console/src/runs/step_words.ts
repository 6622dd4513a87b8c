import type { RunState, Step } from '~/api/types';
import { plain } from '~/connections/states';

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
  clock_skew: 'Clock',
  impersonation: 'Impersonation',
  scope: 'Refused mailbox',
  products: 'What the products need',
  deep_create_folder: 'Deep test: make hidden folders',
  deep_create_item: 'Deep test: make an item',
  deep_move_item: 'Deep test: move it',
  deep_delete_item: 'Deep test: delete it',
  deep_delete_folder: 'Deep test: remove the folders',
};

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const kShort: Record<string, string> = { sha256: 'SHA-256', upn: 'UPN', sid: 'SID', dn: 'DN', spn: 'SPN', tls: 'TLS' };

/** The name of something that was seen: "last_sha256" is "Last SHA-256". */
function evidenceName(name: string): string {
  return capital(
    name
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

/** What a step saw, as names and values in the order in which it wrote them. */
export function evidenceOf(step: Step): [string, string][] {
  return Object.entries(step.evidence ?? {}).map(([name, value]) => [evidenceName(name), evidenceText(value)]);
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
  account: ['upn', 'directory'],
  service_ticket: ['ticket', 'realm'],
  sign_in: ['scheme'],
  server_version: ['product', 'version'],
  own_mailbox: ['mailbox'],
  clock_skew: ['difference_seconds'],
  impersonation: ['mailbox_check'],
  scope: ['refused_mailbox', 'response_code'],
  products: ['products'],
};

/** One line of what a step saw: its error, or what its kind is asked for. */
export function stepSummary(step: Step): string {
  const evidence = step.evidence ?? {};
  if (typeof evidence['error'] === 'string') return evidence['error'];
  if (step.name === 'clock_skew' && typeof evidence['difference_seconds'] === 'number') {
    return `differs by ${evidence['difference_seconds']} s`;
  }
  const names =
    telling[step.name] ??
    Object.keys(evidence)
      .filter((name) => name !== 'address')
      .slice(0, 2);
  return names
    .filter((name) => evidence[name] !== undefined && evidence[name] !== '')
    .map((name) => evidenceText(evidence[name]))
    .join(' · ');
}

/** The test ended in the midst of this step, before it had seen anything. */
export function wasInterrupted(step: Step, run: RunState): boolean {
  const sawNothing = Object.keys(step.evidence ?? {}).length === 0 && step.remedy === '';
  return step.outcome === 'failed' && sawNothing && (run === 'interrupted' || run === 'failed');
}

/** Which server a step was about, where there may be several. */
export function stepAddress(step: Step): string {
  const address = step.evidence?.['address'];
  return typeof address === 'string' ? address : '';
}

const phases: [string, string[]][] = [
  ['Network', ['name_resolution', 'tcp', 'tls', 'health_check', 'certificates']],
  ['Web service', ['http_endpoint', 'authentication_schemes']],
  ['Signing in', ['account', 'service_ticket', 'sign_in']],
  ['Exchange and mailboxes', []],
];

export interface Phase {
  title: string;
  steps: Step[];
}

/** The steps under headings, in their order. */
export function inPhases(steps: readonly Step[]): Phase[] {
  const found: Phase[] = [];
  for (const step of steps) {
    const title = phases.find(([, names]) => names.includes(step.name))?.[0] ?? 'Exchange and mailboxes';
    const last = found.at(-1);
    if (last?.title === title) last.steps.push(step);
    else found.push({ title, steps: [step] });
  }
  return found;
}
