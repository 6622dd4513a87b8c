import type { Connection, ConnectionForm, Scheme } from '~/api/types';

export type ProxySignIn = ConnectionForm['proxy_sign_in'];

/** The form as it stands in the page: lists as people type them, one a line. */
export interface FormValues {
  description: string;
  ews_url: string;
  master_mailbox: string;
  authentication: Scheme[];
  trust_pem: string;
  mailbox_check: string;
  refused_mailbox: string;
  products: string[];
  front_ends: string;
  concurrency: number | string;
  user_agent: string;
  heartbeat_seconds: number | string;
  autodiscover: string;
  proxy_url: string;
  proxy_sign_in: ProxySignIn;
  proxy_user: string;
  proxy_trust_pem: string;
}

export type FieldName = keyof FormValues;

/** In the form's order, with its labels. */
export const fieldLabels: Record<FieldName, string> = {
  description: 'Description',
  ews_url: 'EWS URL',
  master_mailbox: 'Master Mailbox',
  authentication: 'Authentication',
  trust_pem: 'Certificate trust',
  mailbox_check: 'Mailbox Check',
  refused_mailbox: 'Refused mailbox',
  products: 'Products',
  front_ends: 'Front ends’ own addresses',
  concurrency: 'Concurrency',
  user_agent: 'User agent',
  heartbeat_seconds: 'Heartbeat',
  autodiscover: 'Autodiscover address',
  proxy_url: 'Proxy',
  proxy_sign_in: 'Sign-in at the proxy',
  proxy_user: 'Proxy user',
  proxy_trust_pem: 'Certificate trust of the proxy',
};

export const fieldNames = Object.keys(fieldLabels) as FieldName[];

export const emptyForm: FormValues = {
  description: '',
  ews_url: '',
  master_mailbox: '',
  authentication: ['negotiate', 'ntlm'],
  trust_pem: '',
  mailbox_check: '',
  refused_mailbox: '',
  products: [],
  front_ends: '',
  concurrency: 20,
  user_agent: '',
  heartbeat_seconds: 300,
  autodiscover: '',
  proxy_url: '',
  proxy_sign_in: 'none',
  proxy_user: '',
  proxy_trust_pem: '',
};

export function valuesOf(connection: ConnectionForm): FormValues {
  return {
    description: connection.description,
    ews_url: connection.ews_url,
    master_mailbox: connection.master_mailbox,
    authentication: [...connection.authentication],
    trust_pem: connection.trust_pem,
    mailbox_check: connection.mailbox_check,
    refused_mailbox: connection.refused_mailbox,
    products: [...connection.products],
    front_ends: connection.front_ends.join('\n'),
    concurrency: connection.concurrency,
    user_agent: connection.user_agent,
    heartbeat_seconds: connection.heartbeat_seconds,
    autodiscover: connection.autodiscover,
    proxy_url: connection.proxy_url,
    proxy_sign_in: connection.proxy_sign_in,
    proxy_user: connection.proxy_user,
    proxy_trust_pem: connection.proxy_trust_pem,
  };
}

function lines(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** What is sent. A number that is none goes as it was typed: the service says what is wrong with it. */
export function formOf(values: FormValues): ConnectionForm {
  return { ...values, front_ends: lines(values.front_ends) } as ConnectionForm;
}

/** A value made comparable: as the service would store it. */
function normal(values: FormValues, field: FieldName): string {
  const value = values[field];
  if (Array.isArray(value)) return [...value].sort().join('\n');
  if (field === 'front_ends') return lines(String(value)).join('\n');
  return String(value).trim();
}

/** Equal for forms that test the same. */
export function signOf(values: FormValues, password: string, proxyPassword = ''): string {
  return JSON.stringify([...fieldNames.map((field) => normal(values, field)), password, proxyPassword]);
}

export function same(a: FormValues, b: FormValues, field: FieldName): boolean {
  return normal(a, field) === normal(b, field);
}

export function changedFields(from: FormValues, to: FormValues): FieldName[] {
  return fieldNames.filter((field) => !same(from, to, field));
}

/** One field that somebody else changed while it was open here. */
export interface Difference {
  field: FieldName;
  /** Whether it was changed here too, to something else. */
  both: boolean;
}

/** What `theirs` changed since `base`, and which of that collides with `mine`. */
export function differences(base: FormValues, mine: FormValues, theirs: FormValues): Difference[] {
  return fieldNames
    .filter((field) => !same(base, theirs, field) && !same(mine, theirs, field))
    .map((field) => ({ field, both: !same(base, mine, field) }));
}

/** Mine, with theirs where that was chosen. */
export function mergedValues(mine: FormValues, theirs: FormValues, take: readonly FieldName[]): FormValues {
  const chosen = Object.fromEntries(take.map((field) => [field, theirs[field]]));
  return { ...mine, ...chosen };
}

/** A field's value as a person would read it. */
export function shown(values: FormValues, field: FieldName): string {
  const value = values[field];
  if (field === 'trust_pem' || field === 'proxy_trust_pem')
    return value === '' ? 'The system’s authorities' : `${certificateCount(String(value))} of its own`;
  if (Array.isArray(value)) return value.join(', ') || 'none';
  return String(value) || 'empty';
}

function certificateCount(pem: string): string {
  const count = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  return count === 1 ? '1 certificate' : `${count} certificates`;
}

/** Whether a stored password could be used here at all; the stored ones may be bound elsewhere. */
export function hasPassword(connection: Connection | null): boolean {
  return connection !== null && connection.password !== 'none';
}
