import { useState } from 'react';
import { useNavigate } from 'react-router-dom';

import { request, segment } from '~/api/client';
import { byField, isProblem, Problem, sentence } from '~/api/problem';
import type { Directory } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { tell } from '~/parts/tell';
import { queries } from '~/session/session';

import { directoryQuery } from './queries';

export interface DirectoryValues {
  name: string;
  realm: string;
  domain: string;
  controllers: string;
  base_dn: string;
  trust_pem: string;
  reader: string;
  reader_sign_in: Directory['reader_sign_in'];
}

const kNew: DirectoryValues = {
  name: '',
  realm: '',
  domain: '',
  controllers: '',
  base_dn: '',
  trust_pem: '',
  reader: '',
  reader_sign_in: 'simple',
};

function valuesOf(directory: Directory | null): DirectoryValues {
  if (!directory) return kNew;
  const { name, realm, domain, controllers, base_dn, trust_pem, reader, reader_sign_in } = directory;
  return { name, realm, domain, controllers: controllers.join('\n'), base_dn, trust_pem, reader, reader_sign_in };
}

/** A directory being made or changed, with its reader's password. */
export function useDirectoryForm(directory: Directory | null) {
  const [base, setBase] = useState(directory);
  const [values, setValues] = useState(() => valuesOf(directory));
  const [password, setPassword] = useState('');
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [trouble, setTrouble] = useState('');
  const [newer, setNewer] = useState<Directory | null>(null);
  /** What looks mistyped in the reader's password, while the person is asked about it. */
  const [odd, setOdd] = useState('');
  const [busy, setBusy] = useState(false);
  const navigate = useNavigate();

  const refuse = async (error: unknown) => {
    if (isProblem(error, 'connections.suspicious_password')) return setOdd(sentence(error.detail));
    if (base && isProblem(error, 'connections.version_conflict')) {
      return setNewer(await request<Directory>('GET', '/directories/' + segment(base.id)));
    }
    const fields = byField(error);
    if (isProblem(error, 'connections.password_must_be_typed')) fields['reader_password'] ??= sentence(error.detail);
    setProblems(fields);
    if (Object.keys(fields).length > 0) return undefined;
    return setTrouble(
      error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer. What you typed is still here.',
    );
  };

  const save = async (confirmed: boolean) => {
    setBusy(true);
    setProblems({});
    setTrouble('');
    setOdd('');
    const controllers = values.controllers.split(/[\n,]/).map((line) => line.trim());
    const form = { ...values, controllers: controllers.filter((line) => line !== '') };
    const body = { ...form, ...(password ? { reader_password: password, password_confirmed: confirmed } : {}) };
    try {
      const saved = base
        ? await request<Directory>('PUT', '/directories/' + segment(base.id), {
            body: { ...body, version: base.version },
          })
        : await request<Directory>('POST', '/directories', { body });
      queries.setQueryData(directoryQuery(saved.id).queryKey, saved);
      await queries.invalidateQueries({ queryKey: ['directories'], exact: true });
      setBase(saved);
      setPassword('');
      tell({ kind: 'good', text: `${isolated(saved.name)} is saved.` });
      if (!base) navigate(`/directories/${saved.id}`, { replace: true });
    } catch (error) {
      await refuse(error);
    } finally {
      setBusy(false);
    }
  };

  return {
    base,
    values,
    password,
    problems,
    trouble,
    newer,
    odd,
    busy,
    setPassword,
    save,
    set: (change: Partial<DirectoryValues>) => setValues((before) => ({ ...before, ...change })),
    forgetOddity: () => setOdd(''),
    takeNewer: () => {
      if (!newer) return;
      setBase(newer);
      setValues(valuesOf(newer));
      setNewer(null);
    },
  };
}
