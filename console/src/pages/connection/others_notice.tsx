import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import type { Connection } from '~/api/types';
import { connectionQuery, useConnections } from '~/connections/queries';
import { Notice } from '~/parts/notice';
import { queries } from '~/session/session';

import { differences, valuesOf } from './form_model';
import type { Editor } from './use_editor';

/**
 * Says that somebody else saved, or deleted, what is open here. Where nothing was typed the form simply becomes what is
 * stored; what was typed is never touched.
 */
export function OthersNotice({ editor, onShow }: { editor: Editor; onShow: (theirs: Connection) => void }) {
  const { base, dirty, values, adopt, rebase, refresh } = editor;
  const { data: all } = useConnections();
  const told = all?.find((one) => one.id === base?.id);
  const { data: stored } = useQuery({ ...connectionQuery(base?.id ?? ''), enabled: base !== null });
  const theirs = base && stored && stored.version > base.version ? stored : null;
  /** What is known of the same version besides the form: whether its password was accepted, where. */
  const fresher = base && stored && stored.version === base.version && stored !== base ? stored : null;
  const differs = base && theirs ? differences(valuesOf(base), values, valuesOf(theirs)) : [];
  const agrees = theirs !== null && differs.length === 0;

  // The list is told of changes as they happen; what it does not hold is asked for then.
  const sign = told && [told.version, told.password, told.last_test].join(' ');
  const seen = useRef(sign);
  useEffect(() => {
    if (sign === seen.current || !told) return;
    seen.current = sign;
    void queries.invalidateQueries({ queryKey: connectionQuery(told.id).queryKey });
  }, [sign, told]);

  useEffect(() => {
    if (fresher) refresh(fresher);
    if (!theirs) return;
    if (!dirty) adopt(theirs);
    else if (agrees) rebase(theirs, values);
  }, [theirs, fresher, dirty, agrees, values, adopt, rebase, refresh]);

  if (base && all && !told) {
    return (
      <Notice kind="warn" title="Somebody has deleted this connection">
        What you see is still here, and can be typed anew as another connection.
      </Notice>
    );
  }
  if (!theirs || !dirty || agrees) return null;
  return (
    <Notice
      kind="warn"
      title="Somebody else has just saved this connection"
      actions={
        <Button size="xs" variant="default" onClick={() => onShow(theirs)}>
          See what changed
        </Button>
      }
    >
      Nothing of what you typed is lost.
    </Notice>
  );
}
