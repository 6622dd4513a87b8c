import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { request, segment } from '~/api/client';
import { byField, isProblem, Problem, sentence } from '~/api/problem';
import type { NoticeChannel } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { tell } from '~/parts/tell';
import { queries } from '~/session/session';

import { channelQuery } from './queries';

export type ChannelValues = Pick<
  NoticeChannel,
  'name' | 'kind' | 'host' | 'security' | 'user' | 'from' | 'url' | 'proof' | 'trust_pem' | 'enabled'
> & { port: string };

function valuesOf(channel: NoticeChannel | null, kind: NoticeChannel['kind']): ChannelValues {
  if (channel) {
    const { name, host, port, security, user, from, url, proof, trust_pem, enabled } = channel;
    return { name, kind: channel.kind, host, port: String(port), security, user, from, url, proof, trust_pem, enabled };
  }
  return {
    name: '',
    kind,
    host: '',
    port: '587',
    security: 'starttls',
    user: '',
    from: '',
    url: '',
    proof: 'none',
    trust_pem: '',
    enabled: true,
  };
}

/** A channel being made or changed, with its password. */
export function useChannelForm(channel: NoticeChannel | null, kind: NoticeChannel['kind']) {
  const [base, setBase] = useState(channel);
  const [values, setValues] = useState(() => valuesOf(channel, kind));
  const [password, setPassword] = useState('');
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [trouble, setTrouble] = useState('');
  const [newer, setNewer] = useState<NoticeChannel | null>(null);
  const [busy, setBusy] = useState(false);
  const navigate = useNavigate();

  const refuse = async (error: unknown) => {
    if (base && isProblem(error, 'notify.version_conflict')) {
      return setNewer(await request<NoticeChannel>('GET', '/notices/channels/' + segment(base.id)));
    }
    const fields = byField(error);
    if (isProblem(error, 'notify.password_must_be_typed')) fields['password'] ??= sentence(error.detail);
    if (isProblem(error, 'notify.already_exists')) fields['name'] ??= sentence(error.detail);
    setProblems(fields);
    if (Object.keys(fields).length > 0) return undefined;
    return setTrouble(
      error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer. What you typed is still here.',
    );
  };

  const save = async () => {
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      return setProblems({ port: 'A number from 1 to 65535 is expected.' });
    }
    setBusy(true);
    setProblems({});
    setTrouble('');
    const body = { ...values, port, ...(password ? { password } : {}) };
    try {
      const saved = base
        ? await request<NoticeChannel>('PUT', '/notices/channels/' + segment(base.id), {
            body: { ...body, version: base.version },
          })
        : await request<NoticeChannel>('POST', '/notices/channels', { body });
      queries.setQueryData(channelQuery(saved.id).queryKey, saved);
      await queries.invalidateQueries({ queryKey: ['notices', 'channels'], exact: true });
      setBase(saved);
      setPassword('');
      tell({ kind: 'good', text: `${isolated(saved.name)} is saved.` });
      if (!base) navigate(`/notices/channels/${saved.id}`, { replace: true });
    } catch (error) {
      await refuse(error);
    } finally {
      setBusy(false);
    }
    return undefined;
  };

  return {
    base,
    values,
    password,
    problems,
    trouble,
    newer,
    busy,
    setPassword,
    save,
    set: (change: Partial<ChannelValues>) => setValues((before) => ({ ...before, ...change })),
    takeNewer: () => {
      if (!newer) return;
      setBase(newer);
      setValues(valuesOf(newer, newer.kind));
      setNewer(null);
    },
  };
}
