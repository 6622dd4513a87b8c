import { Button } from '@mantine/core';
import type { ReactNode } from 'react';

import { Problem, sentence } from '~/api/problem';
import { Notice } from '~/parts/notice';
import { Remedy } from '~/runs/remedy';

interface Newer {
  title: string;
  /** What stands now. */
  now: ReactNode;
  take: () => void;
}

/** At the top of a form: that somebody else was faster, or why nothing was saved. */
export function FormTroubles({ newer, trouble }: { newer: Newer | null; trouble: Problem | string | null }) {
  if (newer) {
    return (
      <Notice
        kind="warn"
        title={newer.title}
        actions={
          <Button size="xs" variant="default" onClick={newer.take}>
            Take what is stored now
          </Button>
        }
      >
        Now it is {newer.now}. Nothing of what you typed was saved; it still stands here.
      </Notice>
    );
  }
  if (!trouble) return null;
  if (!(trouble instanceof Problem)) return <Notice kind="bad">{trouble}</Notice>;
  return (
    <Notice kind="bad" title={sentence(trouble.detail)}>
      {trouble.remedy && <Remedy text={trouble.remedy} />}
    </Notice>
  );
}
