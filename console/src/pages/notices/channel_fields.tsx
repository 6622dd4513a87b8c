import { NativeSelect, TextInput } from '@mantine/core';

import classes from './notices.module.css';
import type { ChannelValues } from './use_channel_form';

export interface FieldsProps {
  values: ChannelValues;
  problems: Record<string, string>;
  readOnly: boolean;
  set: (change: Partial<ChannelValues>) => void;
}

type TextName = 'name' | 'host' | 'port' | 'user' | 'from' | 'url';

export function Line({
  values,
  problems,
  readOnly,
  set,
  name,
  label,
  description,
  required = false,
}: FieldsProps & { name: TextName; label: string; description?: string; required?: boolean }) {
  return (
    <TextInput
      label={label}
      description={description}
      withAsterisk={required}
      autoComplete="off"
      spellCheck={false}
      readOnly={readOnly}
      value={values[name]}
      error={problems[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
}

const usualPorts: Record<string, string> = { starttls: '587', tls: '465', none: '25' };

export function RelayFields(fields: FieldsProps) {
  const { values, problems, readOnly, set } = fields;
  const choose = (security: ChannelValues['security']) => {
    // A port that somebody chose stays as he chose it.
    const usual = values.port === usualPorts[values.security];
    set({ security, ...(usual ? { port: usualPorts[security] ?? values.port } : {}) });
  };
  return (
    <>
      <div className={classes.pair}>
        <Line {...fields} name="host" label="Host" description="The relay’s name, as its certificate has it" required />
        <Line {...fields} name="port" label="Port" description="587, or 465" required />
      </div>
      <NativeSelect
        label="Security"
        description="Without TLS only a relay on this very host is spoken to."
        disabled={readOnly}
        data={[
          { value: 'starttls', label: 'TLS, begun by STARTTLS' },
          { value: 'tls', label: 'TLS from the first byte' },
          { value: 'none', label: 'none (on this host)' },
        ]}
        value={values.security}
        error={problems['security']}
        onChange={(event) => choose(event.currentTarget.value as ChannelValues['security'])}
      />
      <Line {...fields} name="from" label="Sender’s address" description="mailward@example.test" required />
      <Line {...fields} name="user" label="User" description="Whom to sign in as; empty: nobody signs in" />
    </>
  );
}

export function WebhookFields(fields: FieldsProps) {
  const { values, problems, readOnly, set } = fields;
  return (
    <>
      <Line
        {...fields}
        name="url"
        label="URL"
        description="https://…; its path is shown only to those who may change it"
        required
      />
      <NativeSelect
        label="How the receiver knows Mailward"
        disabled={readOnly}
        data={[
          { value: 'none', label: 'not at all' },
          { value: 'bearer', label: 'by a secret (Authorization: Bearer)' },
          { value: 'signature', label: 'by a signature (HMAC-SHA256 over the body)' },
        ]}
        value={values.proof}
        error={problems['proof']}
        onChange={(event) => set({ proof: event.currentTarget.value as ChannelValues['proof'] })}
      />
    </>
  );
}
