import { type Method, request } from '~/api/client';
import { isProblem } from '~/api/problem';
import type { Connection, ConnectionForm, Destination } from '~/api/types';

/** What a person is asked before a password leaves the page, or a deed is done. */
export type Question =
  | { kind: 'route'; destination: string; proven: boolean; shownBefore: string | null }
  | { kind: 'oddities'; detail: string }
  | { kind: 'deep'; mailbox: string }
  | { kind: 'save_anyway' | 'save_untested'; products: string[] };

export type Ask = (question: Question) => Promise<boolean>;

export interface Sending {
  method: Method;
  path: string;
  body: object;
  form: ConnectionForm;
  password: string;
  proxyPassword?: string;
  /** Its oddities were confirmed already. */
  confirmed?: boolean;
  /** Of a search by Autodiscover: the hosts that may be shown the password. */
  hosts?: string[];
  stands: Connection | null;
  ask: Ask;
}

/** Where the password of this form would go; with `hosts`, that of a search by Autodiscover. */
export function showDestination(
  form: ConnectionForm,
  stands: Connection | null,
  { signal, hosts }: { signal?: AbortSignal; hosts?: string[] | undefined } = {},
): Promise<Destination> {
  const body = {
    ...form,
    ...(stands ? { connection: stands.id } : {}),
    ...(hosts ? { confirmed: hosts } : {}),
  };
  return request<Destination>('POST', '/destinations', signal ? { body, signal } : { body });
}

/**
 * Whether the person chose this destination here. What he changes on a proven destination he has just typed; what stood
 * there unproven, anybody may have written.
 */
function givenHere(form: ConnectionForm, stands: Connection | null): boolean {
  return !stands || (stands.destination_proven === true && stands.master_mailbox === form.master_mailbox);
}

/** The destination that the person agrees to, or null. `shownBefore`: the one he agreed to, which is no more. */
async function agreed(sending: Sending, shownBefore: string | null): Promise<string | null> {
  const { form, stands, ask, hosts, proxyPassword } = sending;
  const { destination, destination_proven: proven } = await showDestination(form, stands, { hosts });
  if (destination === null) return '';
  // A search that shows nothing to anybody.
  if (hosts?.length === 0 && !proxyPassword) return destination;
  const mustAsk = shownBefore !== null || (!proven && !givenHere(form, stands));
  if (mustAsk && !(await ask({ kind: 'route', destination, proven, shownBefore }))) return null;
  return destination;
}

/**
 * Sends a form with its passwords, if any were typed: to where the person saw that they go, and after he was asked about
 * what looks mistyped. Gives null where he said no.
 */
export async function sendForm<T>(sending: Sending): Promise<T | null> {
  const { method, path, body, password, proxyPassword, ask } = sending;
  if (password === '' && !proxyPassword) return request<T>(method, path, { body });
  let confirmed = sending.confirmed ?? false;
  let destination = await agreed(sending, null);
  while (destination !== null) {
    try {
      const whole = {
        ...body,
        ...(password ? { password, password_confirmed: confirmed } : {}),
        ...(proxyPassword ? { proxy_password: proxyPassword } : {}),
        ...(destination ? { destination } : {}),
      };
      return await request<T>(method, path, { body: whole });
    } catch (error) {
      if (isProblem(error, 'connections.suspicious_password') && !confirmed) {
        if (!(await ask({ kind: 'oddities', detail: error.detail }))) return null;
        confirmed = true;
      } else if (isProblem(error, 'connections.destination_changed')) {
        destination = await agreed(sending, destination);
      } else {
        throw error;
      }
    }
  }
  return null;
}
