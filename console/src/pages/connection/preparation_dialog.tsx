import { Button, Modal, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { request } from '~/api/client';
import { byField, Problem } from '~/api/problem';
import type { Preparation } from '~/api/types';
import { CopyButton } from '~/parts/copyable';
import { DownloadIcon } from '~/parts/icons';
import { Notice } from '~/parts/notice';
import { Failed, RowsLoading } from '~/parts/states';

import classes from './connection.module.css';
import { fieldLabels, type FieldName } from './form_model';
import type { Editor } from './use_editor';

function Trouble({ error }: { error: unknown }) {
  const fields = Object.entries(byField(error));
  if (!(error instanceof Problem) || fields.length === 0) return <Failed error={error} />;
  return (
    <Notice kind="warn" title="The form does not hold enough for a script yet">
      <ul className={classes.plainList}>
        {fields.map(([field, detail]) => (
          <li key={field}>
            {fieldLabels[field as FieldName] ?? field}: {detail}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function download(text: string, name: string) {
  const link = document.createElement('a');
  // Windows PowerShell takes a script without a byte order mark for one in the system's old code page.
  const url = URL.createObjectURL(new Blob(['\ufeff' + text.replaceAll('\n', '\r\n')], { type: 'text/plain' }));
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** What the Exchange administrator runs once, so that the account may do what the connection needs. */
export function PreparationDialog({
  editor,
  opened,
  onClose,
}: {
  editor: Editor;
  opened: boolean;
  onClose: () => void;
}) {
  const { form, base } = editor;
  const [part, setPart] = useState<keyof Preparation>('script');
  const { data, error, isPending } = useQuery({
    queryKey: ['preparation', form, base?.id ?? ''],
    queryFn: () =>
      request<Preparation>('POST', '/connections/prepare', { body: base ? { ...form, connection: base.id } : form }),
    enabled: opened,
    gcTime: 0,
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Preparation script" size={860}>
      <p className={classes.dialogLead}>
        For the Exchange administrator, once, in the Exchange Management Shell: it gives the account of this form the
        right to impersonate within a scope, and checks it. It holds no password.
      </p>
      {error ? (
        <Trouble error={error} />
      ) : isPending ? (
        <RowsLoading rows={3} />
      ) : (
        <>
          <div className={classes.scriptHead}>
            <SegmentedControl
              size="xs"
              aria-label="Which script"
              value={part}
              onChange={(chosen) => setPart(chosen as keyof Preparation)}
              data={[
                { value: 'script', label: 'Prepare' },
                { value: 'undo', label: 'Undo it all' },
              ]}
            />
            <Button
              size="compact-sm"
              variant="default"
              ml="auto"
              leftSection={<DownloadIcon size={15} />}
              onClick={() => download(data[part], part === 'script' ? 'mailward-prepare.ps1' : 'mailward-undo.ps1')}
            >
              Download
            </Button>
            <CopyButton text={data[part]} label="Copy the script" />
          </div>
          <pre className={classes.script} tabIndex={0}>
            {data[part]}
          </pre>
        </>
      )}
    </Modal>
  );
}
