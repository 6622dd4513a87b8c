import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { type Doorkeeper, request, setDoorkeeper, setWitness } from './client';
import { byField, Problem, Unreachable } from './problem';

type Answer = [status: number, body?: unknown, headers?: Record<string, string>];

/** What the service answers, request by request. */
let answers: Answer[] = [];
let heard: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = [];
let server: Server;

const witness = { answered: vi.fn(), silent: vi.fn() };
const doorkeeper = {
  csrfToken: () => 'token-1',
  isSomebodyHere: vi.fn(() => true),
  signInAgain: vi.fn(() => Promise.resolve(true)),
  confirmSignIn: vi.fn(() => Promise.resolve(true)),
  refresh: vi.fn(() => Promise.resolve(true)),
} satisfies Doorkeeper;

function answer(incoming: IncomingMessage, outgoing: ServerResponse, body: string) {
  heard.push({ method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, body });
  const [status, json, headers] = answers.shift() ?? [500];
  if (status === 0) return void incoming.socket.destroy();
  outgoing.writeHead(status, {
    'Content-Type': status < 400 ? 'application/json' : 'application/problem+json',
    ...headers,
  });
  return void outgoing.end(json === undefined ? undefined : JSON.stringify(json));
}

beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    let body = '';
    incoming.on('data', (part: Buffer) => (body += part.toString()));
    incoming.on('end', () => answer(incoming, outgoing, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const real = fetch;
  // A page's addresses are relative to where it comes from.
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => real(`http://127.0.0.1:${port}${path}`, init));
  setDoorkeeper(doorkeeper);
  setWitness(witness);
});
afterAll(() => server.close());
beforeEach(() => {
  answers = [];
  heard = [];
  vi.clearAllMocks();
});

const problem = (code: string, rest: object = {}) => ({
  code,
  detail: 'it is so',
  remedy: '',
  request_id: 'r1',
  ...rest,
});

test('what a page asks while nobody is at it says so', async () => {
  answers = [
    [200, {}],
    [200, {}],
  ];
  await request('GET', '/x');
  doorkeeper.isSomebodyHere.mockReturnValueOnce(false);
  await request('GET', '/x');
  expect(heard.map((one) => one.headers['x-background'])).toEqual([undefined, '1']);
});

test('what changes something carries the session’s token, what reads does not', async () => {
  answers = [
    [200, { a: 1 }],
    [204, undefined],
  ];
  expect(await request('GET', '/x')).toEqual({ a: 1 });
  expect(await request('PUT', '/x', { body: { b: 2 } })).toBeUndefined();
  expect(heard[0]?.headers['x-csrf-token']).toBeUndefined();
  expect(heard[1]?.headers['x-csrf-token']).toBe('token-1');
  expect(heard[1]?.body).toBe('{"b":2}');
  expect(heard[0]?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  ['access.not_signed_in', 401, 'signInAgain'],
  ['api.confirm_sign_in', 403, 'confirmSignIn'],
  ['api.csrf', 403, 'refresh'],
] as const)('%s is put right, and the same request sent again', async (code, status, remedy) => {
  answers = [
    [status, problem(code)],
    [200, { saved: true }],
  ];
  expect(await request('POST', '/x', { body: { typed: 'all of it' } })).toEqual({ saved: true });
  expect(doorkeeper[remedy]).toHaveBeenCalledTimes(1);
  expect(heard.map((one) => one.body)).toEqual(['{"typed":"all of it"}', '{"typed":"all of it"}']);
});

test('who does not sign in again gets the no', async () => {
  doorkeeper.signInAgain.mockResolvedValueOnce(false);
  answers = [[401, problem('access.not_signed_in')]];
  await expect(request('POST', '/x')).rejects.toMatchObject({ code: 'access.not_signed_in' });
});

test('a no that comes again and again ends', async () => {
  answers = [1, 2, 3, 4].map(() => [403, problem('api.csrf')]);
  await expect(request('POST', '/x')).rejects.toBeInstanceOf(Problem);
  expect(heard).toHaveLength(3);
});

test('a problem document is read whole, and its fields by name', async () => {
  answers = [
    [
      422,
      problem('api.invalid_request', {
        errors: [{ field: 'ews_url', detail: 'https is expected' }, { field: 'ews_url', detail: 'again' }, 7],
      }),
    ],
  ];
  const error: unknown = await request('PUT', '/x', { body: {} }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ status: 422, code: 'api.invalid_request', requestId: 'r1', retryAfter: null });
  expect(byField(error)).toEqual({ ews_url: 'Https is expected.' });
});

test('how long to wait is told', async () => {
  answers = [[429, problem('access.throttled'), { 'Retry-After': '12' }]];
  await expect(request('POST', '/session', { plain: true })).rejects.toMatchObject({ retryAfter: 12 });
});

test('silence and a proxy’s page are no answer', async () => {
  answers = [[0]];
  await expect(request('GET', '/x')).rejects.toBeInstanceOf(Unreachable);
  answers = [[502, undefined, { 'Content-Type': 'text/html' }]];
  await expect(request('GET', '/x')).rejects.toBeInstanceOf(Unreachable);
  expect(witness.silent).toHaveBeenCalledTimes(2);
  expect(witness.answered).not.toHaveBeenCalled();
});
