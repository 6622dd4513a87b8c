import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';

import type { AutodiscoverFound, AutodiscoverStep } from '~/api/types';
import { Notice } from '~/parts/notice';
import { useMay } from '~/session/session';

import classes from './connection.module.css';
import { Line } from './fields';
import { sourceNames, verdictNames } from './find_words';
import { type Ask, sendForm } from './sending';
import type { Editor } from './use_editor';

function Candidates({ steps }: { steps: AutodiscoverStep[] }) {
  return (
    <ol className={classes.candidates} aria-label="What each candidate answered">
      {steps.map((step, at) => (
        <li key={at} data-verdict={step.verdict}>
          <strong>{verdictNames[step.verdict]}</strong>
          <span className={classes.mono}>{step.url}</span>
          <span>
            {sourceNames[step.source]}: {step.sentence}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Hosts that a person may say are his: they alone see what was typed. */
function Confirming({
  hosts,
  confirmed,
  hasPassword,
  onConfirm,
}: {
  hosts: string[];
  confirmed: string[];
  hasPassword: boolean;
  onConfirm: (hosts: string[]) => void;
}) {
  if (hosts.length === 0) return null;
  return (
    <Checkbox.Group
      label="Hosts that may be shown the password"
      description={
        hasPassword
          ? 'These stand, and ask for a sign-in. Tick those that are yours, then find it again.'
          : 'These stand, and ask for a sign-in. Type the master mailbox and its password, and tick those that are yours.'
      }
      value={confirmed}
      onChange={onConfirm}
    >
      <div className={classes.choices}>
        {hosts.map((host) => (
          <Checkbox key={host} value={host} label={host} size="sm" />
        ))}
      </div>
    </Checkbox.Group>
  );
}

/** The address by which Autodiscover finds the EWS URL, and the finding, with each candidate's answer. */
export function FindEws({ editor, ask, readOnly }: { editor: Editor; ask: Ask; readOnly: boolean }) {
  const mayTest = useMay('test_connections');
  const { base, values, form, password, proxyPassword } = editor;
  const [found, setFound] = useState<AutodiscoverFound | null>(null);
  const [confirmed, setConfirmed] = useState<string[]>([]);
  const [finding, setFinding] = useState(false);
  const find = async () => {
    setFinding(true);
    editor.clear();
    try {
      const answer = await sendForm<AutodiscoverFound>({
        method: 'POST',
        path: '/autodiscover',
        // Hosts are confirmed for a password that is typed.
        body: { ...form, confirmed: password ? confirmed : [], ...(base ? { connection: base.id } : {}) },
        form,
        password,
        proxyPassword,
        hosts: password ? confirmed : [],
        stands: base,
        ask,
      });
      if (!answer) return;
      setFound(answer);
      if (answer.mailbox) editor.set('ews_url', answer.mailbox.ews_url);
    } catch (error) {
      setFound(null);
      editor.refuse(error);
    } finally {
      setFinding(false);
    }
  };
  return (
    <div className={classes.passwordField}>
      <Line
        editor={editor}
        readOnly={readOnly}
        field="autodiscover"
        placeholder="usera@example.test"
        description="Optional: a mailbox by whose address Exchange is found. The test asks whether it still leads to the EWS URL; the stored password may go to its domain."
      />
      {mayTest && !readOnly && (
        <div>
          <Button
            variant="default"
            size="xs"
            loading={finding}
            disabled={values.autodiscover.trim() === ''}
            onClick={find}
          >
            Find it by Autodiscover
          </Button>
        </div>
      )}
      {found && (
        <Notice
          kind={found.mailbox ? 'good' : found.password_refused ? 'bad' : 'warn'}
          title={
            found.mailbox
              ? 'Found: the EWS URL is filled in'
              : found.password_refused
                ? 'The password was refused, which ended the search'
                : 'No candidate told where the mailbox is'
          }
        >
          <Candidates steps={found.steps} />
          {!found.mailbox && (
            <Confirming
              hosts={found.unconfirmed}
              confirmed={confirmed}
              hasPassword={password !== ''}
              onConfirm={setConfirmed}
            />
          )}
        </Notice>
      )}
    </div>
  );
}
