import { useState } from 'react';

import { request, segment } from '~/api/client';
import { isProblem, Unreachable } from '~/api/problem';
import type { Connection } from '~/api/types';
import { connectionQuery, connectionsQuery } from '~/connections/queries';
import { isolated } from '~/parts/bidi';
import { tell } from '~/parts/tell';
import { queries } from '~/session/session';

import { type FieldName, type FormValues, formOf, valuesOf } from './form_model';
import { type Ask, sendForm } from './sending';
import type { Editor } from './use_editor';
import type { Test } from './use_test';

/** What is stored goes into what the pages show, before the stream tells it. */
function remember(saved: Connection) {
  queries.setQueryData(connectionQuery(saved.id).queryKey, saved);
  queries.setQueryData(connectionsQuery.queryKey, (before) =>
    before?.some((one) => one.id === saved.id)
      ? before.map((one) => (one.id === saved.id ? { ...one, ...saved } : one))
      : before && [...before, saved],
  );
}

const kReaching: FieldName[] = [
  'ews_url',
  'front_ends',
  'trust_pem',
  'authentication',
  'master_mailbox',
  'proxy_url',
  'proxy_sign_in',
  'proxy_user',
  'proxy_trust_pem',
];

/** Products would go on with a password or a way to Exchange that no test has shown to work. */
function isRisky({ values, changed, password }: Editor, { outcome }: Test): boolean {
  const isTested = outcome === 'good' || outcome === 'degraded';
  const reachesOtherwise = password !== '' || changed.some((field) => kReaching.includes(field));
  return values.products.length > 0 && reachesOtherwise && !isTested;
}

/** Saving the form; where somebody else saved first, `theirs` is what he made of it. */
export function useSave(editor: Editor, test: Test, ask: Ask, onMade: (made: Connection) => void) {
  const [saving, setSaving] = useState(false);
  const [theirs, setTheirs] = useState<Connection | null>(null);
  /** What the person chose to save all the same: after a run that failed, or untested. */
  const [agreedTo, setAgreedTo] = useState('');

  /** The failed run that the person saves in spite of: '' where there is none, null where he thinks again. */
  const despite = async (): Promise<string | null> => {
    const { products } = editor.values;
    const failed = test.outcome === 'bad' ? (test.run?.id ?? '') : '';
    if (failed === '' && !isRisky(editor, test)) return '';
    const what = failed || 'untested';
    const kind = failed ? 'save_anyway' : 'save_untested';
    if (agreedTo !== what && !(await ask({ kind, products }))) return null;
    setAgreedTo(what);
    return failed;
  };

  const send = async (base: Connection | null, values: FormValues, run = '') => {
    setSaving(true);
    editor.clear();
    const form = formOf(values);
    try {
      const { password, proxyPassword } = editor;
      const saved = await sendForm<Connection>({
        method: base ? 'PUT' : 'POST',
        path: base ? '/connections/' + segment(base.id) : '/connections',
        body: { ...form, ...(base ? { version: base.version } : {}), ...(run ? { despite_test: run } : {}) },
        form,
        password,
        proxyPassword,
        confirmed: false,
        stands: base,
        ask,
      });
      if (!saved) return;
      remember(saved);
      editor.saved(saved, values, password, proxyPassword);
      test.settle(values, password, proxyPassword, valuesOf(saved));
      setAgreedTo('');
      tell({ kind: 'good', text: `“${isolated(saved.description)}” is saved.` });
      if (!base) onMade(saved);
    } catch (error) {
      if (base && isProblem(error, 'connections.version_conflict')) {
        setTheirs(await request<Connection>('GET', '/connections/' + segment(base.id)));
      } else if (error instanceof Unreachable) {
        tell({ kind: 'bad', text: 'Not saved: Mailward does not answer. What you typed is still here.' });
      } else {
        editor.refuse(error);
      }
    } finally {
      setSaving(false);
    }
  };

  return {
    saving,
    theirs,
    showTheirs: setTheirs,
    save: async () => {
      if (saving) return;
      const run = await despite();
      if (run !== null) await send(editor.base, editor.values, run);
    },
    /** After the two versions were brought together. */
    saveMerged: async (newer: Connection, merged: FormValues) => {
      editor.rebase(newer, merged);
      setTheirs(null);
      await send(newer, merged);
    },
  };
}
