import { Button, Loader } from '@mantine/core';
import { useEffect, useRef } from 'react';

import { Empty } from '~/parts/states';
import { Ago } from '~/parts/time';
import { ConnectionIcon } from '~/parts/icons';
import { tell } from '~/parts/tell';
import { took } from '~/parts/time_words';
import { Steps } from '~/runs/steps';
import { cancelRun } from '~/runs/use_run';
import { Verdict } from '~/runs/verdict';

import classes from './connection.module.css';
import type { Editor } from './use_editor';
import type { Test, TestOf } from './use_test';

function Actions({ test }: { test: Test }) {
  const verdict = test.run?.result?.verdict;
  if (verdict === 'refused_before' || verdict === 'try_interrupted') {
    return (
      <Button size="xs" variant="default" onClick={() => test.start({ tryAgain: true })}>
        Try this password once more
      </Button>
    );
  }
  if (verdict === 'password_suspicious') {
    return (
      <Button size="xs" variant="default" onClick={() => test.start({ confirmed: true })}>
        The password is meant so: test it
      </Button>
    );
  }
  return null;
}

const titles: Record<TestOf, string> = {
  this: 'Test',
  before: 'Test from before the changes',
  another: 'Test of changes that were not saved',
};

function Head({ test }: { test: Test }) {
  const { run, running, starting, isOf } = test;
  if (running || starting) {
    return (
      <div className={classes.panelHead}>
        <Loader size={16} role="img" aria-label="Testing" />
        <h2>Testing…</h2>
        {run && (
          <Button
            size="compact-xs"
            variant="default"
            ml="auto"
            onClick={() => cancelRun(run.id).catch(() => tell({ kind: 'bad', text: 'The test could not be stopped.' }))}
          >
            Stop
          </Button>
        )}
      </div>
    );
  }
  return (
    <div className={classes.panelHead}>
      <h2>{run ? titles[isOf] : 'Test'}</h2>
      {run && (
        <span className={classes.faint}>
          <Ago at={run.ended ?? run.created} />
          {run.started && run.ended && `, took ${took(Date.parse(run.ended) - Date.parse(run.started))}`}
        </span>
      )}
    </div>
  );
}

/** Keeps in sight what happens now. */
function useFollowing(test: Test) {
  const panel = useRef<HTMLElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const { running } = test;
  const count = test.run?.steps.length ?? 0;
  useEffect(() => {
    const top = panel.current?.getBoundingClientRect().top ?? 0;
    // On a narrow page the panel is below the form: a test that was just begun is brought into sight.
    if (running && top > window.innerHeight * 0.7)
      panel.current?.scrollIntoView({ behavior: 'smooth', block: 'start' });
    // Ended: the verdict stands at the top.
    if (!running) body.current?.scrollTo({ top: 0 });
  }, [running]);
  useEffect(() => {
    if (running) body.current?.scrollTo({ top: body.current.scrollHeight });
  }, [running, count]);
  return { panel, body };
}

/** What the test of this form does and found, live. */
export function TestPanel({ editor, test, readOnly }: { editor: Editor; test: Test; readOnly: boolean }) {
  const { run, starting } = test;
  const { panel, body } = useFollowing(test);
  return (
    <section ref={panel} className={classes.panel} aria-label="Connection test" id="test">
      <Head test={test} />
      {run ? (
        <div ref={body} className={classes.panelBody} aria-busy={test.running}>
          <Verdict run={run} actions={<Actions test={test} />} />
          <Steps run={run} {...(readOnly ? {} : { onTrust: editor.trust })} />
        </div>
      ) : (
        !starting && (
          <Empty picture={<ConnectionIcon size={26} />} title="Not tested yet">
            A test goes through the form as it stands, saved or not: network, certificate, sign-in, the mailboxes. It
            only reads.
          </Empty>
        )
      )}
    </section>
  );
}
