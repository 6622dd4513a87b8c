import { useState } from 'react';

import { segment } from '~/api/client';
import { Unreachable } from '~/api/problem';
import type { ConnectionForm, RunChanges } from '~/api/types';
import { tell } from '~/parts/tell';
import { ended, outcomeOf } from '~/runs/run_model';
import { useRun } from '~/runs/use_run';

import { type Ask, sendForm } from './sending';
import type { Editor } from './use_editor';

export interface TestWish {
  deep?: boolean;
  /** One more try of a password that is remembered as refused. */
  tryAgain?: boolean;
  /** The password's oddities were confirmed. */
  confirmed?: boolean;
}

/** Equal for equal forms. */
function signOf(form: ConnectionForm, password: string): string {
  return JSON.stringify([form, password]);
}

/** The test of the form as it stands, saved or not. */
export function useTest(editor: Editor, ask: Ask, before: RunChanges | null) {
  const [first, setFirst] = useState<RunChanges | null>(before);
  const [starting, setStarting] = useState(false);
  /** What exactly was tested, to know whether the form is still that. */
  const [tested, setTested] = useState('');
  const run = useRun(first);

  const now = signOf(editor.form, editor.password);
  const running = starting || (run !== null && !ended(run.state));

  const start = async (wish: TestWish = {}) => {
    if (running) return;
    const { base, form, password } = editor;
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
        confirmed: wish.confirmed ?? false,
        stands: base,
        ask,
      });
      if (started) {
        setFirst(started);
        setTested(now);
      }
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
    settle: (sent: ConnectionForm, password: string, stored: ConnectionForm) =>
      setTested((before) => (before === signOf(sent, password) ? signOf(stored, '') : before)),
    run,
    running,
    starting,
    start,
    /** Whether the last test was of this very form, and what came of it. */
    outcome: run && tested === now ? outcomeOf(run) : null,
    /** Whether the form was changed since it was tested. */
    stale: tested !== '' && tested !== now,
  };
}

export type Test = ReturnType<typeof useTest>;
