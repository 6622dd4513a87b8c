import { Button, Checkbox, Modal, Switch, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';

import type { Invitation, RoleName, User } from '~/api/types';
import { isolated } from '~/parts/bidi';
import { Confirm } from '~/parts/confirm';
import { Notice } from '~/parts/notice';
import { tell } from '~/parts/tell';
import { roleNames, roleWords } from '~/users/words';

import { useUserForm, type UserForm } from './use_user_form';
import classes from './users.module.css';

interface Props {
  user: User | null;
  onClose: () => void;
  onInvited: (name: string, invitation: Invitation) => void;
}

function Fields({ form, isNew }: { form: UserForm; isNew: boolean }) {
  const { values, problems, set } = form;
  return (
    <>
      {isNew && (
        <TextInput
          label="Name"
          description="What they sign in with"
          autoCapitalize="none"
          spellCheck={false}
          autoComplete="off"
          data-autofocus
          withAsterisk
          value={values.name}
          error={problems['name']}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
      )}
      <TextInput
        label="Display name"
        autoComplete="off"
        value={values.display_name}
        error={problems['display_name']}
        onChange={(event) => set({ display_name: event.currentTarget.value })}
      />
      <Checkbox.Group
        label="Roles"
        value={values.roles}
        error={problems['roles']}
        onChange={(roles) => set({ roles: roles as RoleName[] })}
      >
        <div className={classes.roles}>
          {roleNames.map((role) => (
            <Checkbox key={role} value={role} label={roleWords[role].label} description={roleWords[role].what} />
          ))}
        </div>
      </Checkbox.Group>
      <Switch
        label="May read other people’s mail"
        description="A right apart from every role. Each look at content stands in the audit trail."
        checked={values.reads_content}
        onChange={(event) => set({ reads_content: event.currentTarget.checked })}
      />
      {!isNew && (
        <Switch
          label="May sign in"
          description="Off: sessions and tokens end at once, nothing is deleted."
          checked={values.enabled}
          onChange={(event) => set({ enabled: event.currentTarget.checked })}
        />
      )}
    </>
  );
}

const questions = {
  reset: {
    title: 'Reset this user?',
    yes: 'Reset',
    words: 'The password is void and every session ends at once. A new link is made by which a new password is chosen.',
  },
  totp: {
    title: 'Reset the authenticator?',
    yes: 'Reset',
    words: 'Codes are not asked any more until an authenticator is added again.',
  },
  delete: {
    title: 'Delete this user?',
    yes: 'Delete',
    words: 'Sessions and tokens end at once. What was done stays in the audit trail.',
  },
};

/** Makes a user, or changes one. */
export function UserDialog({ user, onClose, onInvited }: Props) {
  const form = useUserForm(user);
  const [asked, setAsked] = useState<keyof typeof questions | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (user) {
      if (await form.save()) {
        tell({ kind: 'good', text: `${isolated(user.name)} is saved.` });
        onClose();
      }
      return;
    }
    const made = await form.create();
    if (made) onInvited(made.user.name, made.invitation);
  };
  const answer = async (yes: boolean) => {
    const deed = asked;
    setAsked(null);
    if (!yes || !user) return;
    if (deed === 'reset') {
      const made = await form.reset();
      if (made) onInvited(user.name, made.invitation);
    } else if (deed === 'totp') {
      if (await form.resetTotp()) tell({ kind: 'good', text: 'The authenticator is reset.' });
    } else if (await form.remove()) {
      tell({ kind: 'good', text: `${isolated(user.name)} is deleted.` });
      onClose();
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      title={user ? user.display_name || user.name : 'Add user'}
      size={520}
    >
      <form onSubmit={submit} className={classes.dialog} noValidate>
        {form.trouble && <Notice kind="bad">{form.trouble}</Notice>}
        {form.newer && (
          <Notice
            kind="warn"
            title="Somebody else changed this user in the meantime"
            actions={
              <Button size="xs" variant="default" onClick={form.takeNewer}>
                Take what is stored now
              </Button>
            }
          >
            Nothing was saved; what you chose still stands here.
          </Notice>
        )}
        <Fields form={form} isNew={!user} />
        <div className={classes.buttons}>
          {user && (
            <div className={classes.others}>
              <Button variant="subtle" size="xs" onClick={() => setAsked('reset')}>
                Reset
              </Button>
              {user.totp_enabled && (
                <Button variant="subtle" size="xs" onClick={() => setAsked('totp')}>
                  Reset authenticator
                </Button>
              )}
              <Button variant="subtle" color="red" size="xs" onClick={() => setAsked('delete')}>
                Delete
              </Button>
            </div>
          )}
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={form.busy}>
            {user ? 'Save' : 'Add and invite'}
          </Button>
        </div>
      </form>
      <Confirm
        opened={asked !== null}
        title={questions[asked ?? 'reset'].title}
        yes={questions[asked ?? 'reset'].yes}
        danger={asked === 'delete'}
        onAnswer={answer}
      >
        <p>{questions[asked ?? 'reset'].words}</p>
      </Confirm>
    </Modal>
  );
}
