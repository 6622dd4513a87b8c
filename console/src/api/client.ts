import { problemOf, type Problem, Unreachable } from './problem';

/** What stands between a request and its answer, besides the network. Set once, by session/. */
export interface Doorkeeper {
  csrfToken(): string | null;
  /** Whether a person is at the page: what it asks by itself is no use of the session. */
  isSomebodyHere(): boolean;
  /** The session is gone: asks the person to sign in again; false where he does not. */
  signInAgain(): Promise<boolean>;
  /** The act is sensitive and the last sign-in is old: asks for the password; false where he does not. */
  confirmSignIn(): Promise<boolean>;
  /** The session's token is stale: fetches the session anew. */
  refresh(): Promise<boolean>;
}

/** Told of every answer, or that there was none. */
export interface Witness {
  answered(): void;
  silent(): void;
}

let doorkeeper: Doorkeeper | null = null;
let witness: Witness | null = null;

export function setDoorkeeper(one: Doorkeeper): void {
  doorkeeper = one;
}

export function setWitness(one: Witness): void {
  witness = one;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface Options {
  body?: unknown;
  signal?: AbortSignal;
  /** Without the doorkeeper: what signing in itself asks. */
  plain?: boolean;
}

async function send(method: Method, path: string, options: Options): Promise<Response> {
  // The same number stands in the service's log, in the trail, and in what Exchange writes down.
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Request-Id': crypto.randomUUID() };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (doorkeeper && !doorkeeper.isSomebodyHere()) headers['X-Background'] = '1';
  const token = doorkeeper?.csrfToken();
  if (method !== 'GET' && token) headers['X-CSRF-Token'] = token;
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (options.body !== undefined) init.body = JSON.stringify(options.body);
  if (options.signal) init.signal = options.signal;
  try {
    return await fetch('/api/v1' + path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    witness?.silent();
    throw new Unreachable('Mailward does not answer');
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** Whether what was in the way is out of it, and the request may be sent again as it was. */
async function cleared(problem: Problem): Promise<boolean> {
  if (!doorkeeper) return false;
  if (problem.code === 'access.not_signed_in') return doorkeeper.signInAgain();
  if (problem.code === 'api.confirm_sign_in') return doorkeeper.confirmSignIn();
  if (problem.code === 'api.csrf') return doorkeeper.refresh();
  return false;
}

/**
 * Sends a request and gives the answer's JSON (undefined for an empty one). Throws Problem for a no, Unreachable where
 * nobody answers. Where the person must sign in or confirm first he is asked, and then the same request is sent again.
 */
export async function request<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const response = await send(method, path, options);
    const isJson = (response.headers.get('Content-Type') ?? '').includes('json');
    if (response.status >= 500 && !isJson) {
      witness?.silent();
      throw new Unreachable('Mailward does not answer');
    }
    witness?.answered();
    if (response.status === 204) return undefined as T;
    if (response.ok) return (await readJson(response)) as T;
    const problem = problemOf(response.status, await readJson(response), response.headers);
    if (options.plain || tries >= 2 || !(await cleared(problem))) throw problem;
  }
}

/** One segment of a path. */
export function segment(text: string): string {
  return encodeURIComponent(text);
}

/** "?a=1&b=2" of what is not empty, or "". */
export function queryOf(parameters: Record<string, string | number | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : '?' + text;
}
