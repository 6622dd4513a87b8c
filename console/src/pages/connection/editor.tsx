import { Button } from '@mantine/core';
import { useState } from 'react';
import { useBlocker, useNavigate } from 'react-router-dom';

import type { Connection } from '~/api/types';
import { Confirm } from '~/parts/confirm';
import { LookOnly } from '~/parts/notice';
import { DeepIcon, PlayIcon, ScriptIcon } from '~/parts/icons';
import { useAsk } from '~/parts/use_ask';
import { useMay } from '~/session/session';

import { ConflictDialog } from './conflict_dialog';
import classes from './connection.module.css';
import { Form } from './form';
import { OthersNotice } from './others_notice';
import { PreparationDialog } from './preparation_dialog';
import { Questions } from './questions';
import type { Question } from './sending';
import { TestPanel } from './test_panel';
import { useEditor } from './use_editor';
import type { KnownRun } from './use_last_run';
import { useSave } from './use_save';
import { useTest } from './use_test';

function LeaveGuard({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => dirty && currentLocation.pathname !== nextLocation.pathname,
  );
  return (
    <Confirm
      opened={blocker.state === 'blocked'}
      title="Leave without saving?"
      yes="Leave"
      no="Stay"
      onAnswer={(yes) => (yes ? blocker.proceed?.() : blocker.reset?.())}
    >
      <p>What you changed on this page is lost then.</p>
    </Confirm>
  );
}

/** The form, its test beside it, and what can be done with both. */
export function Editor({ connection, lastRun }: { connection: Connection | null; lastRun: KnownRun | null }) {
  const mayChange = useMay('change_connections');
  const mayTest = useMay('test_connections');
  const navigate = useNavigate();
  const { asked, ask } = useAsk<Question>();
  const [preparing, setPreparing] = useState(false);
  const editor = useEditor(connection);
  const test = useTest(editor, ask, lastRun);
  const save = useSave(editor, test, ask, (made) => {
    const handed = test.run && { run: test.run, isOfStored: test.isOf === 'this' };
    navigate(`/connections/${made.id}`, { replace: true, state: { handed } });
  });
  // The page of the connection that was made takes this one's place.
  const readOnly = !mayChange || (save.saving && !editor.base);

  return (
    <>
      <form
        className={classes.editor}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (mayChange) void save.save();
        }}
      >
        <div>
          {!mayChange && <LookOnly what="this connection" />}
          <OthersNotice editor={editor} onShow={save.showTheirs} />
          <Form editor={editor} test={test} ask={ask} readOnly={readOnly} />
        </div>
        <TestPanel editor={editor} test={test} readOnly={readOnly} />
        <div className={classes.bar}>
          {mayTest && (
            <Button
              variant="default"
              leftSection={<PlayIcon size={15} />}
              loading={test.running}
              onClick={() => test.start()}
            >
              Test Connection
            </Button>
          )}
          {mayChange && (
            <Button type="submit" loading={save.saving} disabled={!editor.dirty}>
              Save Changes
            </Button>
          )}
          <span className={classes.unsaved} role="status">
            {editor.dirty && 'Unsaved changes'}
          </span>
          {mayTest && (
            <Button
              variant="subtle"
              leftSection={<DeepIcon size={16} />}
              disabled={test.running || editor.values.mailbox_check === ''}
              title={editor.values.mailbox_check === '' ? 'It needs a mailbox check' : undefined}
              onClick={() => test.start({ deep: true })}
            >
              Deep test
            </Button>
          )}
          <Button variant="subtle" leftSection={<ScriptIcon size={16} />} onClick={() => setPreparing(true)}>
            Preparation script
          </Button>
        </div>
      </form>
      <Questions asked={asked} />
      <PreparationDialog editor={editor} opened={preparing} onClose={() => setPreparing(false)} />
      {save.theirs && (
        <ConflictDialog
          editor={editor}
          theirs={save.theirs}
          onClose={() => save.showTheirs(null)}
          onSave={save.saveMerged}
        />
      )}
      <LeaveGuard dirty={editor.dirty && !save.saving} />
    </>
  );
}
