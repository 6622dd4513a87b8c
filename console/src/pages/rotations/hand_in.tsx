import { Button, FileButton } from '@mantine/core';
import { useRef, useState } from 'react';

import { request, segment } from '~/api/client';
import { Problem, sentence } from '~/api/problem';
import type { OldPassword } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Command } from '~/parts/copyable';
import { Notice } from '~/parts/notice';
import { fileProblem } from '~/rotations/old_password_words';
import { oldPasswordQuery } from '~/rotations/queries';
import { Remedy } from '~/runs/remedy';
import { queries } from '~/session/session';

import classes from './old_password.module.css';

interface Ended {
  kind: 'good' | 'warn' | 'bad';
  title: string;
  remedy: string;
  command?: string | undefined;
}

/** Everything that is wrong with the file; members that do not hold, too. */
function refusalOf(error: unknown): Ended {
  if (!(error instanceof Problem)) {
    return { kind: 'bad', title: 'Not handed in: Mailward does not answer.', remedy: '' };
  }
  const fields = error.errors.map((one) => sentence(`${one.field}: ${one.detail}`)).join(' ');
  return { kind: 'bad', title: [sentence(error.detail), fields].filter(Boolean).join(' '), remedy: error.remedy };
}

/** What the file held, in the service's words. */
function takenOf(name: string, { file }: OldPassword): Ended {
  const isForeign = file !== null && (file.of_others > 0 || file.lines === 0);
  return { kind: isForeign ? 'warn' : 'good', title: `${isolated(name)} is taken. ${file?.told ?? ''}`, remedy: '' };
}

/** A place for the file that a controller's command has written. All of it is taken, or nothing. */
export function HandIn({ rotation, cutCommand }: { rotation: string; cutCommand: string }) {
  const [busy, setBusy] = useState(false);
  const [ended, setEnded] = useState<Ended | null>(null);
  const reset = useRef<() => void>(null);

  const take = async (file: File | null) => {
    if (!file) return;
    // The same file, mended, may be chosen again.
    reset.current?.();
    const unfit = fileProblem(file);
    if (unfit) {
      return setEnded({ kind: 'bad', title: unfit, remedy: '', command: file.size > 0 ? cutCommand : undefined });
    }
    setBusy(true);
    setEnded(null);
    try {
      const csv = await file.text();
      const path = `/rotations/${segment(rotation)}/sign-in-events`;
      const report = await request<OldPassword>('POST', path, { body: { csv } });
      queries.setQueryData(oldPasswordQuery(rotation).queryKey, report);
      setEnded(takenOf(file.name, report));
    } catch (error) {
      setEnded(refusalOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className={classes.handIn}>
      <div className={classes.handInLine}>
        <FileButton resetRef={reset} onChange={take} accept=".csv,text/csv" inputProps={{ 'aria-label': 'CSV file' }}>
          {(props) => (
            <Button {...props} variant="default" size="xs" loading={busy}>
              Hand in a CSV file
            </Button>
          )}
        </FileButton>
        <span className={classes.faint}>
          At most 900 kB. One file for each controller; a second one of the same controller and time takes the first
          one’s place.
        </span>
      </div>
      {ended && (
        <Notice kind={ended.kind} title={ended.title}>
          {ended.remedy && <Remedy text={ended.remedy} />}
          {ended.command && <Command text={ended.command} />}
        </Notice>
      )}
    </div>
  );
}
