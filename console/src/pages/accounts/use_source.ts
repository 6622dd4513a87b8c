import { useState } from 'react';

import { request, segment } from '~/api/client';
import { isProblem, Problem, sentence } from '~/api/problem';
import type { ExternalSource } from '~/api/types';
import { tell } from '~/parts/tell';
import { sourceQuery } from '~/rotations/queries';
import { queries } from '~/session/session';

import { formProblems } from './form_problems';
import { type HandedOver, savedWords } from './source_words';

interface SourceAnswer {
  source: ExternalSource | null;
  handed_over: HandedOver;
}

interface Values {
  url: string;
  trust_pem: string;
}

const kNone: Values = { url: '', trust_pem: '' };

function valuesOf(source: ExternalSource | null): Values {
  return source ? { url: source.url, trust_pem: source.trust_pem } : kNone;
}

/** What is wrong with which field. */
function problemsOf(error: unknown): Record<string, string> {
  const fields = formProblems(error, ['url', 'trust_pem', 'token']);
  if (isProblem(error, 'connections.password_must_be_typed')) fields['token'] ??= sentence(error.detail);
  return fields;
}

/** The form of another vault's address, with the token for it. */
export function useSource(account: string, source: ExternalSource | null) {
  const [base, setBase] = useState(source);
  const [values, setValues] = useState(() => valuesOf(source));
  const [token, setToken] = useState('');
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [trouble, setTrouble] = useState<Problem | string | null>(null);
  const [busy, setBusy] = useState(false);
  const [check, setCheck] = useState(true);

  const stood = valuesOf(base);
  const dirty = values.url.trim() !== stood.url || values.trust_pem !== stood.trust_pem || token !== '';
  const adopt = (stored: ExternalSource | null) => {
    setBase(stored);
    setValues(valuesOf(stored));
    setToken('');
    setProblems({});
    setTrouble(null);
  };
  // Saved elsewhere meanwhile: where nothing is typed here, it is shown at once.
  if (source !== base && source?.updated !== base?.updated && !dirty) adopt(source);
  const newer = source?.updated !== base?.updated && dirty;

  const act = async (deed: () => Promise<{ source: ExternalSource | null; done: string }>) => {
    if (busy) return;
    setProblems({});
    setTrouble(null);
    setBusy(true);
    try {
      const { source: stored, done } = await deed();
      adopt(stored);
      queries.setQueryData(sourceQuery(account).queryKey, stored);
      void queries.invalidateQueries({ queryKey: ['schedule'] });
      // Without a vault its way is no other vault's any more.
      void queries.invalidateQueries({ queryKey: ['accounts', account] });
      tell({ kind: 'good', text: done });
    } catch (error) {
      const fields = problemsOf(error);
      setProblems(fields);
      if (Object.keys(fields).length > 0) return;
      setTrouble(
        error instanceof Problem ? error : 'Not saved: Mailward does not answer. What you typed is still here.',
      );
    } finally {
      setBusy(false);
    }
  };

  const path = `/accounts/${segment(account)}/source`;
  return {
    base,
    values,
    token,
    check,
    setCheck,
    problems,
    trouble,
    busy,
    dirty,
    newer: newer ? { url: source?.url ?? '', command: source?.command ?? [] } : null,
    set: (change: Partial<Values>) => {
      setValues((before) => ({ ...before, ...change }));
      setProblems({});
    },
    setToken: (typed: string) => {
      setToken(typed);
      setProblems({});
    },
    takeNewer: () => adopt(source),
    save: () => {
      if (values.url.trim() === '') return setProblems({ url: 'Give the address: https://…' });
      const body = { url: values.url.trim(), trust_pem: values.trust_pem, check, ...(token ? { token } : {}) };
      return act(async () => {
        const { source: saved, handed_over } = await request<SourceAnswer>('PUT', path, { body });
        return { source: saved, done: savedWords(handed_over) };
      });
    },
    remove: () =>
      act(async () => {
        await request('DELETE', path);
        return { source: null, done: 'No other vault hands over its passwords any more.' };
      }),
  };
}

export type SourceForm = ReturnType<typeof useSource>;
