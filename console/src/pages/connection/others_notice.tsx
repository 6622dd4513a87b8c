import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import type { Connection } from '~/api/types';
import { connectionQuery, useConnections } from '~/connections/queries';
import { Notice } from '~/parts/notice';

import { differences, valuesOf } from './form_model';
import type { Editor } from './use_editor';

/**
 * Says that somebody else saved, or deleted, what is open here. Where nothing was typed the form simply becomes what is
 * stored; what was typed is never touched.
 */
export function OthersNotice({ editor, onShow }: { editor: Editor; onShow: (theirs: Connection) => void }) {
  const { base, dirty, values, adopt, rebase } = editor;
  const { data: all } = useConnections();
  const told = all?.find((one) => one.id === base?.id);
  const isNewer = Boolean(base && told && told.version > base.version);
  const { data: newer } = useQuery({ ...connectionQuery(base?.id ?? ''), enabled: isNewer });
  const theirs = base && newer && newer.version > base.version ? newer : null;
  const differs = base && theirs ? differences(valuesOf(base), values, valuesOf(theirs)) : [];
  const agrees = theirs !== null && differs.length === 0;

  useEffect(() => {
    if (!theirs) return;
    if (!dirty) adopt(theirs);
    else if (agrees) rebase(theirs, values);
  }, [theirs, dirty, agrees, values, adopt, rebase]);

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
