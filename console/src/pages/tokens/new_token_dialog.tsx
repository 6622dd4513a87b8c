import { Button, Checkbox, Modal, SegmentedControl, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import { request } from '~/api/client';
import { byField, Problem, sentence } from '~/api/problem';
import type { Right, Token } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Command } from '~/parts/copyable';
import { Notice } from '~/parts/notice';
import { queries, useSession } from '~/session/session';
import { rightNames, rightWords } from '~/users/words';

import classes from './tokens.module.css';

interface Made {
  token: Token;
  secret: string;
}

function Secret({ made, onClose }: { made: Made; onClose: () => void }) {
  return (
    <div className={classes.dialog}>
      <Command text={made.secret} />
      <Notice kind="warn" title="Copy it now">
        It is shown only here: Mailward keeps no more than its hash.
      </Notice>
      <div className={classes.buttons}>
        <Button onClick={onClose} data-autofocus>
          Done
        </Button>
      </div>
    </div>
  );
}

function useMaking() {
  const [made, setMade] = useState<Made | null>(null);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const make = async (body: { description: string; rights: Right[]; expires_in_days: number }) => {
    setBusy(true);
    setProblems({});
    try {
      setMade(await request<Made>('POST', '/tokens', { body }));
      await queries.invalidateQueries({ queryKey: ['tokens'] });
    } catch (error) {
      const fields = byField(error);
      const words = error instanceof Problem ? sentence(error.detail) : 'Mailward does not answer.';
      setProblems(Object.keys(fields).length > 0 ? fields : { '': words });
    } finally {
      setBusy(false);
    }
  };
  return { made, problems, busy, make };
}

/** A token has rights out of those that its owner has. */
export function NewTokenDialog({ onClose }: { onClose: () => void }) {
  const { user } = useSession();
  const { made, problems, busy, make } = useMaking();
  const [description, setDescription] = useState('');
  const [rights, setRights] = useState<string[]>([]);
  const [days, setDays] = useState('90');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void make({ description, rights: rights as Right[], expires_in_days: Number(days) });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      title={made ? `“${isolated(made.token.description)}” is created` : 'Create token'}
      size={520}
    >
      {made ? (
        <Secret made={made} onClose={onClose} />
      ) : (
        <form onSubmit={submit} className={classes.dialog} noValidate>
          {problems[''] && <Notice kind="bad">{problems['']}</Notice>}
          <TextInput
            label="Description"
            description="What will use it, so that you know in a year"
            withAsterisk
            data-autofocus
            autoComplete="off"
            value={description}
            error={problems['description']}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <Checkbox.Group
            label="Rights"
            description="As few as will do"
            value={rights}
            error={problems['rights']}
            onChange={setRights}
          >
            <div className={classes.rights}>
              {rightNames
                .filter((right) => user.rights.includes(right))
                .map((right) => (
                  <Checkbox key={right} value={right} label={rightWords[right]} />
                ))}
            </div>
          </Checkbox.Group>
          <div>
            <div className={classes.label} id="token-end">
              Expires after
            </div>
            <SegmentedControl
              fullWidth
              aria-labelledby="token-end"
              value={days}
              onChange={setDays}
              data={[
                { value: '7', label: '7 days' },
                { value: '30', label: '30 days' },
                { value: '90', label: '90 days' },
                { value: '366', label: '1 year' },
              ]}
            />
          </div>
          <div className={classes.buttons}>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Create
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}
