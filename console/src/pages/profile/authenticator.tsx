import { Button, Modal } from '@mantine/core';
import { useState } from 'react';

import { request } from '~/api/client';
import { Notice } from '~/parts/notice';
import { Section } from '~/parts/section';
import { Tag } from '~/parts/tag';
import { tell } from '~/parts/tell';
import { CredentialsForm } from '~/session/credentials_form';
import { EnrolTotp } from '~/session/enrol_totp';
import { queries, sessionQuery, useSession } from '~/session/session';

import classes from './profile.module.css';

function Remove({ onClose }: { onClose: () => void }) {
  const { user } = useSession();
  return (
    <Modal opened onClose={onClose} title="Remove the authenticator" size={400}>
      <p className={classes.lead}>From then on your password alone lets you in.</p>
      <CredentialsForm
        name={user.name}
        action="Remove it"
        withCode
        submit={async ({ password, code }) => {
          await request('DELETE', '/profile/totp', { body: { password, code } });
          await queries.invalidateQueries({ queryKey: sessionQuery.queryKey });
          tell({ kind: 'good', text: 'The authenticator is removed.' });
          onClose();
        }}
      />
    </Modal>
  );
}

/** The second proof at sign-in: codes of an authenticator (TOTP). */
export function Authenticator() {
  const { user } = useSession();
  const [open, setOpen] = useState<'add' | 'remove' | null>(null);
  const close = () => setOpen(null);
  return (
    <Section
      title="Authenticator"
      lead="A code of six digits at each sign-in, from an app on your phone, beside the password."
    >
      {user.totp_enabled ? (
        <div className={classes.line}>
          <Tag tone="good">In use</Tag>
          <Button variant="default" onClick={() => setOpen('remove')}>
            Remove
          </Button>
        </div>
      ) : (
        <>
          <Notice kind="warn">Your password alone lets you in.</Notice>
          <div>
            <Button variant="default" onClick={() => setOpen('add')}>
              Add an authenticator
            </Button>
          </div>
        </>
      )}
      {open === 'remove' && <Remove onClose={close} />}
      <Modal
        opened={open === 'add'}
        onClose={close}
        closeOnClickOutside={false}
        title="Add an authenticator"
        size={440}
      >
        {open === 'add' && (
          <EnrolTotp
            onDone={() => {
              tell({ kind: 'good', text: 'The authenticator is in use.' });
              close();
            }}
          />
        )}
      </Modal>
    </Section>
  );
}
