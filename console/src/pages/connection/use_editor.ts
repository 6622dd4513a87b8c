import { useCallback, useEffect, useState } from 'react';

import { byField, isProblem, type Problem } from '~/api/problem';
import type { Connection, TrustOffer } from '~/api/types';

import {
  changedFields,
  emptyForm,
  type FieldName,
  type FormValues,
  formOf,
  mergedValues,
  valuesOf,
} from './form_model';

/** The form in the page: what it started from, what stands in it now, what is wrong with it. */
export function useEditor(loaded: Connection | null) {
  /** The version that the form started from; null for a new connection. */
  const [base, setBase] = useState(loaded);
  const [values, setValues] = useState<FormValues>(() => (loaded ? valuesOf(loaded) : emptyForm));
  const [password, setPassword] = useState('');
  const [proxyPassword, setProxyPassword] = useState('');
  const [problems, setProblems] = useState<Record<string, string>>({});
  /** What is wrong with no field in particular. */
  const [trouble, setTrouble] = useState<unknown>(null);

  const [refusals, setRefusals] = useState(0);
  // When the marks stand in the page.
  useEffect(() => {
    if (refusals === 0) return;
    const field = document.querySelector<HTMLElement>('form [aria-invalid="true"]');
    if (field) field.focus();
    else document.querySelector('form [role="alert"]')?.scrollIntoView({ block: 'nearest' });
  }, [refusals]);

  const changed = changedFields(base ? valuesOf(base) : emptyForm, values);

  const forget = useCallback((field: string) => {
    setProblems((before) => Object.fromEntries(Object.entries(before).filter(([name]) => name !== field)));
  }, []);

  const set = useCallback(
    <F extends FieldName>(field: F, value: FormValues[F]) => {
      setValues((before) => ({ ...before, [field]: value }));
      forget(field);
    },
    [forget],
  );

  return {
    base,
    values,
    password,
    proxyPassword,
    problems,
    trouble,
    changed,
    dirty: changed.length > 0 || password !== '' || proxyPassword !== '',
    form: formOf(values),
    set,
    setPassword: (typed: string) => {
      setPassword(typed);
      forget('password');
    },
    setProxyPassword: (typed: string) => {
      setProxyPassword(typed);
      forget('proxy_password');
    },
    /** Begins anew from what is stored. */
    adopt: (stored: Connection) => {
      setBase(stored);
      setValues(valuesOf(stored));
      setPassword('');
      setProxyPassword('');
      setProblems({});
      setTrouble(null);
    },
    /** Goes on from what was stored of `sent`; what was typed meanwhile stays. */
    saved: (stored: Connection, sent: FormValues, sentPassword: string, sentProxyPassword: string) => {
      setBase(stored);
      setValues((now) => mergedValues(valuesOf(stored), now, changedFields(sent, now)));
      setPassword((now) => (now === sentPassword ? '' : now));
      setProxyPassword((now) => (now === sentProxyPassword ? '' : now));
    },
    /** What is known of the stored connection, besides what the form holds. */
    refresh: setBase,
    /** Goes on from a newer version with these values; a typed password stays. */
    rebase: (newer: Connection, merged: FormValues) => {
      setBase(newer);
      setValues(merged);
      setTrouble(null);
    },
    clear: () => {
      setProblems({});
      setTrouble(null);
    },
    /** Marks what the service refused. */
    refuse: (error: unknown) => {
      const fields = byField(error);
      if (isProblem(error, 'connections.password_must_be_typed') || isProblem(error, 'connections.no_password')) {
        fields['password'] ??= (error as Problem).detail;
      }
      setProblems(fields);
      setTrouble(Object.keys(fields).length > 0 ? null : error);
      setRefusals((before) => before + 1);
    },
    trust: (offer: TrustOffer) => {
      setValues((before) => ({
        ...before,
        trust_pem: (before.trust_pem.trim() + '\n' + offer.pem.trim()).trim() + '\n',
      }));
      forget('trust_pem');
    },
  };
}

export type Editor = ReturnType<typeof useEditor>;
