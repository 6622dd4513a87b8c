import { beforeEach, expect, test, vi } from 'vitest';

import type { Connection } from '~/api/types';

import { emptyForm, formOf } from './form_model';
import { type Question, type Sending, sendForm } from './sending';

const heard = vi.hoisted(() => ({ calls: [] as { path: string; body: Record<string, unknown> }[] }));

vi.mock('~/api/client', () => ({
  request: (_method: string, path: string, options: { body: Record<string, unknown> }) => {
    heard.calls.push({ path, body: options.body });
    return Promise.resolve(
      path === '/destinations' ? { destination: 'confirmed=a.test\n', destination_proven: false } : { found: true },
    );
  },
}));
beforeEach(() => {
  heard.calls = [];
});

const form = { ...formOf(emptyForm), autodiscover: 'usera@example.test', master_mailbox: 'svc@example.test' };
/** Somebody made it, and no password of the account was accepted there. */
const unproven = { id: 'c1', master_mailbox: 'svc@example.test', destination_proven: false } as Connection;

function search(hosts: string[], ask: (question: Question) => Promise<boolean>): Sending {
  return {
    method: 'POST',
    path: '/autodiscover',
    body: { ...form, confirmed: hosts, connection: unproven.id },
    form,
    password: 'typed',
    hosts,
    stands: unproven,
    ask,
  };
}

test('a search shows where a password goes, asks, and sends what was shown', async () => {
  const ask = vi.fn(() => Promise.resolve(true));
  expect(await sendForm(search(['a.test'], ask))).toEqual({ found: true });
  expect(ask).toHaveBeenCalledWith(expect.objectContaining({ kind: 'route', destination: 'confirmed=a.test\n' }));
  expect(heard.calls.map((call) => call.path)).toEqual(['/destinations', '/autodiscover']);
  expect(heard.calls[0]?.body).toMatchObject({ confirmed: ['a.test'], connection: 'c1' });
  expect(heard.calls[1]?.body).toMatchObject({ destination: 'confirmed=a.test\n', password: 'typed' });
});

test('a search is not sent where the person does not want its password to go there', async () => {
  expect(await sendForm(search(['a.test'], () => Promise.resolve(false)))).toBeNull();
  expect(heard.calls.map((call) => call.path)).toEqual(['/destinations']);
});

test('a search that shows the password to nobody asks nothing', async () => {
  const ask = vi.fn(() => Promise.resolve(false));
  await sendForm(search([], ask));
  expect(ask).not.toHaveBeenCalled();
  expect(heard.calls[1]?.body).toMatchObject({ confirmed: [], destination: 'confirmed=a.test\n' });
});

test('a password for the proxy is asked about as the other, and sent with what was shown', async () => {
  const ask = vi.fn(() => Promise.resolve(true));
  const save: Sending = {
    method: 'PUT',
    path: '/connections/c1',
    body: form,
    form,
    password: '',
    proxyPassword: 'for the proxy',
    stands: unproven,
    ask,
  };
  await sendForm(save);
  expect(ask).toHaveBeenCalledWith(expect.objectContaining({ kind: 'route' }));
  expect(heard.calls[1]?.body).toMatchObject({ proxy_password: 'for the proxy', destination: 'confirmed=a.test\n' });
  expect(heard.calls[1]?.body).not.toHaveProperty('password');

  heard.calls = [];
  expect(await sendForm({ ...save, ask: () => Promise.resolve(false) })).toBeNull();
  expect(heard.calls.map((call) => call.path)).toEqual(['/destinations']);
});

test('a search that shows nothing to a host asks about the proxy all the same', async () => {
  const ask = vi.fn(() => Promise.resolve(false));
  expect(await sendForm({ ...search([], ask), password: '', proxyPassword: 'for the proxy' })).toBeNull();
  expect(ask).toHaveBeenCalledOnce();
});
