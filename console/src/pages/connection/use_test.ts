import { useState } from 'react';

import { segment } from '~/api/client';
import { Unreachable } from '~/api/problem';
import type { RunChanges } from '~/api/types';
import { tell } from '~/parts/tell';
import { ended, outcomeOf } from '~/runs/run_model';
import { useRun } from '~/runs/use_run';

import { type FormValues, signOf, valuesOf } from './form_model';
import { type Ask, sendForm } from './sending';
import type { Editor } from './use_editor';
import { type KnownRun, useNewerRun } from './use_last_run';

export interface TestWish {
  deep?: boolean;
  /** One more try of a password that is remembered as refused. */
  tryAgain?: boolean;
  /** The password's oddities were confirmed. */
  confirmed?: boolean;
}

/** What a test is of: this very form, the form before it was changed, one that was open somewhere else. */
export type TestOf = 'this' | 'before' | 'another';

interface Shown {
  run: RunChanges | null;
  /** What exactly it tests, to know whether the form is still that; '' for a form that was open somewhere else. */
  sign: string;
  /** It tests what was typed here and is not stored. */
  isTyped: boolean;
}

/** The test of the form as it stands, saved or not; until there is one, and again later, that of the stored form. */
export function useTest(editor: Editor, ask: Ask, before: KnownRun | null) {
  const { base, dirty } = editor;
  const stored = base ? signOf(valuesOf(base), '') : '';
  const [shown, setShown] = useState<Shown>(() => ({
    run: before?.run ?? null,
    sign: before?.isOfStored ? stored : '',
    isTyped: false,
  }));
  const [starting, setStarting] = useState(false);
  const run = useRun(shown.run);

  const now = signOf(editor.values, editor.password, editor.proxyPassword);
  const running = starting || (run !== null && !ended(run.state));
  const isHeld = running || (dirty && shown.isTyped);

  const newer = useNewerRun(base?.last_test_run ?? '', run);
  if (newer && !isHeld) setShown({ run: newer, sign: stored, isTyped: false });

  const start = async (wish: TestWish = {}) => {
    if (running) return;
    const { base, form, password, proxyPassword } = editor;
    if (wish.deep && !(await ask({ kind: 'deep', mailbox: form.mailbox_check }))) return;
    setStarting(true);
    editor.clear();
    try {
      const wishes = { ...(wish.deep ? { deep: true } : {}), ...(wish.tryAgain ? { try_again: true } : {}) };
      // Nothing was changed: then it is the stored connection that is tested, and its state becomes what the test finds.
      const isStored = base !== null && !editor.dirty;
      const started = await sendForm<RunChanges>({
        method: 'POST',
        path: isStored ? `/connections/${segment(base.id)}/test` : '/connection-tests',
        body: isStored ? wishes : { ...form, ...wishes, ...(base ? { connection: base.id } : {}) },
        form,
        password,
        proxyPassword,
        confirmed: wish.confirmed ?? false,
        stands: base,
        ask,
      });
      if (started) setShown({ run: started, sign: now, isTyped: !isStored });
    } catch (error) {
      if (error instanceof Unreachable)
        tell({ kind: 'bad', text: 'Not tested: Mailward does not answer. What you typed is still here.' });
      else editor.refuse(error);
    } finally {
      setStarting(false);
    }
  };

  return {
    /** What was sent is stored now: a test of it is one of what is stored. */
    settle: (sent: FormValues, password: string, proxyPassword: string, saved: FormValues) =>
      setShown((before) =>
        before.sign === signOf(sent, password, proxyPassword)
          ? { ...before, sign: signOf(saved, ''), isTyped: false }
          : before,
      ),
    run,
    running,
    starting,
    start,
    /** Whether the last test was of this very form, and what came of it. */
    outcome: run && shown.sign === now ? outcomeOf(run) : null,
    isOf: (shown.sign === now ? 'this' : shown.sign === '' ? 'another' : 'before') as TestOf,
  };
}

export type Test = ReturnType<typeof useTest>;
