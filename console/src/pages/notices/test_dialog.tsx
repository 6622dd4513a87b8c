import { Button, Loader, Modal, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import { request, segment } from '~/api/client';
import { byField, Problem, sentence } from '~/api/problem';
import type { NoticeChannel, NoticeTest } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Notice } from '~/parts/notice';
import { Tag } from '~/parts/tag';
import { queries } from '~/session/session';

import classes from './notices.module.css';
import { stageWords } from './words';

const outcomes = { ok: ['good', 'Done'], failed: ['bad', 'Failed'], skipped: ['still', 'Not needed'] } as const;

function Stages({ report }: { report: NoticeTest }) {
  return (
    <ol className={classes.stages}>
      {report.stages.map(({ stage, outcome, seen }) => (
        <li key={stage}>
          <Tag tone={outcomes[outcome][0]}>{outcomes[outcome][1]}</Tag>
          <div>
            <strong>{stageWords[stage]}</strong>
            <div className={classes.seen}>{seen}</div>
          </div>
        </li>
      ))}
    </ol>
  );
}

function Verdict({ report }: { report: NoticeTest }) {
  if (report.accepted) {
    return (
      <Notice kind="good" title="The message was accepted">
        {report.to ? `Look into the mailbox of ${isolated(report.to)}.` : 'The receiver has it.'}
      </Notice>
    );
  }
  return (
    <Notice kind="bad" title="The message was not accepted">
      {sentence(report.remedy || report.said)}
    </Notice>
  );
}

function useTesting(channel: NoticeChannel) {
  const [report, setReport] = useState<NoticeTest | null>(null);
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const test = async (to: string) => {
    setBusy(true);
    setTrouble('');
    setReport(null);
    try {
      const path = `/notices/channels/${segment(channel.id)}/test`;
      setReport(await request<NoticeTest>('POST', path, { body: to ? { to } : {} }));
      await queries.invalidateQueries({ queryKey: ['notices'] });
    } catch (error) {
      const words = error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.';
      setTrouble(byField(error)['to'] ?? words);
    } finally {
      setBusy(false);
    }
  };
  return { report, trouble, busy, test };
}

/** Sends a test message now, and shows how far it came. */
export function TestDialog({ channel, onClose }: { channel: NoticeChannel; onClose: () => void }) {
  const { report, trouble, busy, test } = useTesting(channel);
  const [to, setTo] = useState(channel.from);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void test(to.trim());
  };
  return (
    <Modal opened onClose={onClose} title={`Test “${isolated(channel.name)}”`} size={540}>
      <form onSubmit={submit} className={classes.dialog} noValidate>
        {channel.kind === 'relay' && (
          <TextInput
            label="Write to"
            type="email"
            autoComplete="email"
            data-autofocus
            value={to}
            error={trouble || undefined}
            onChange={(event) => setTo(event.currentTarget.value)}
          />
        )}
        {channel.kind === 'webhook' && trouble && <Notice kind="bad">{trouble}</Notice>}
        {busy && (
          <div className={classes.underWay} role="status">
            <Loader size={16} /> It is being sent; half a minute at most.
          </div>
        )}
        {report && <Stages report={report} />}
        {report && <Verdict report={report} />}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button type="submit" loading={busy}>
            {report ? 'Send again' : 'Send test message'}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
