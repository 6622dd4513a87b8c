import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import { byField, Problem, sentence } from '~/api/problem';
import type { Measure } from '~/api/types';
import { Notice } from '~/parts/notice';
import { tell } from '~/parts/tell';

import classes from './measures.module.css';
import { accept } from './queries';
import { dayAfter } from './words';

const kFirstOffer = 90;
const kLongest = 366;

function useAccepting(line: Measure, onClose: () => void) {
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const send = async (reason: string, until: string) => {
    if (reason.trim() === '') return setProblems({ reason: 'Say why, for whoever reads it.' });
    if (until === '') return setProblems({ until: 'Choose a day.' });
    setBusy(true);
    setProblems({});
    try {
      await accept(line, reason.trim().replaceAll(/\s+/g, ' '), until);
      tell({ kind: 'good', text: 'Accepted. It comes back on its day, or when more is found.' });
      onClose();
    } catch (error) {
      const fields = byField(error);
      const words = error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.';
      setProblems(Object.keys(fields).length > 0 ? fields : { '': words });
    } finally {
      setBusy(false);
    }
  };
  return { problems, busy, send, forget: () => setProblems({}) };
}

/** To live with a line: why, and until when. */
export function AcceptDialog({ line, onClose }: { line: Measure; onClose: () => void }) {
  const { problems, busy, send, forget } = useAccepting(line, onClose);
  const [reason, setReason] = useState('');
  const [now] = useState(() => Date.now());
  const [until, setUntil] = useState(() => dayAfter(kFirstOffer, now));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(reason, until);
  };
  return (
    <Modal opened onClose={onClose} title="Accept this for a time" size={520}>
      <form onSubmit={submit} className={classes.dialog} noValidate>
        {problems[''] && <Notice kind="bad">{problems['']}</Notice>}
        <p className={classes.accepted}>
          <strong>{line.title}</strong>
          <br />
          {line.sentence}
        </p>
        <Textarea
          label="Reason"
          description="For whoever reads the list, and the trail"
          withAsterisk
          data-autofocus
          autosize
          minRows={2}
          maxLength={500}
          value={reason}
          error={problems['reason']}
          onChange={(event) => {
            setReason(event.currentTarget.value);
            forget();
          }}
        />
        <TextInput
          type="date"
          label="Until"
          description="On that day it is shown again, and before it as soon as more is found"
          withAsterisk
          min={dayAfter(1, now)}
          max={dayAfter(kLongest, now)}
          value={until}
          error={problems['until']}
          onChange={(event) => {
            setUntil(event.currentTarget.value);
            forget();
          }}
        />
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Accept
          </Button>
        </div>
      </form>
    </Modal>
  );
}
