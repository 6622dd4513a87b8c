import { Button, Switch } from '@mantine/core';
import type { FormEvent } from 'react';

import type { NoticeChannel } from '~/api/types';
import { LookOnly, Notice } from '~/parts/notice';
import { SecretInput } from '~/parts/secret_input';
import { Ago } from '~/parts/time';
import { useMay } from '~/session/session';
import { TrustField } from '~/trust/trust_field';

import { Line, RelayFields, WebhookFields } from './channel_fields';
import classes from './notices.module.css';
import { useChannelForm } from './use_channel_form';

function Resting({ channel }: { channel: NoticeChannel }) {
  if (channel.state !== 'resting') return null;
  return (
    <Notice kind="bad" title="The password was refused, so nothing is sent">
      {channel.last_refusal} (<Ago at={channel.resting_since} />) What is due waits until the password is typed again.
    </Notice>
  );
}

export function ChannelForm({ channel, kind }: { channel: NoticeChannel | null; kind: NoticeChannel['kind'] }) {
  const form = useChannelForm(channel, kind);
  const readOnly = !useMay('change_connections');
  const { values, problems, set } = form;
  const relay = values.kind === 'relay';
  const takesSecret = relay ? values.user.trim() !== '' : values.proof !== 'none';
  const fields = { values, problems, readOnly, set };
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void form.save();
      }}
    >
      {readOnly && <LookOnly what="this channel" />}
      {form.base && <Resting channel={form.base} />}
      {form.trouble && <Notice kind="bad">{form.trouble}</Notice>}
      {form.newer && (
        <Notice
          kind="warn"
          title="Somebody else saved this channel in the meantime"
          actions={
            <Button size="xs" variant="default" onClick={form.takeNewer}>
              Take what is stored now
            </Button>
          }
        >
          Nothing was saved; what you typed still stands here.
        </Notice>
      )}
      <Line {...fields} name="name" label="Name" description="What people call it" required />
      {relay ? <RelayFields {...fields} /> : <WebhookFields {...fields} />}
      {takesSecret && (
        <SecretInput
          label={relay ? 'Password' : values.proof === 'bearer' ? 'Bearer secret' : 'Key of the signature'}
          description={
            form.base?.has_password
              ? 'One is stored, for this destination alone. Empty means: unchanged.'
              : 'None is stored yet.'
          }
          autoComplete="new-password"
          readOnly={readOnly}
          value={form.password}
          error={problems['password']}
          onChange={(event) => form.setPassword(event.currentTarget.value)}
        />
      )}
      {values.security !== 'none' && (
        <TrustField
          label="Certificate trust"
          pem={values.trust_pem}
          problem={problems['trust_pem']}
          readOnly={readOnly}
          onChange={(trust_pem) => set({ trust_pem })}
        />
      )}
      <Switch
        label="In use"
        description="Off: nothing is sent by it, and what is due waits for a day."
        disabled={readOnly}
        checked={values.enabled}
        onChange={(event) => set({ enabled: event.currentTarget.checked })}
      />
      {!readOnly && (
        <div>
          <Button type="submit" loading={form.busy}>
            Save Changes
          </Button>
        </div>
      )}
    </form>
  );
}
