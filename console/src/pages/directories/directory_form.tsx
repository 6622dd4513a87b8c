import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';

import type { Directory } from '~/api/types';
import { Confirm } from '~/parts/confirm';
import { LookOnly, Notice } from '~/parts/notice';
import { SecretInput } from '~/parts/secret_input';
import { useMay } from '~/session/session';
import { TrustField } from '~/trust/trust_field';

import classes from './directories.module.css';
import { type DirectoryValues, useDirectoryForm } from './use_directory_form';

export function DirectoryForm({ directory }: { directory: Directory | null }) {
  const form = useDirectoryForm(directory);
  const readOnly = !useMay('change_connections');
  const { values, problems, set } = form;
  const line = (name: keyof DirectoryValues, label: string, description?: string, required = false) => (
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
  return (
    <form
      className={classes.form}
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void form.save(false);
      }}
    >
      {readOnly && <LookOnly what="this directory" />}
      {form.trouble && <Notice kind="bad">{form.trouble}</Notice>}
      {form.newer && (
        <Notice
          kind="warn"
          title="Somebody else saved this directory in the meantime"
          actions={
            <Button size="xs" variant="default" onClick={form.takeNewer}>
              Take what is stored now
            </Button>
          }
        >
          Nothing was saved; what you typed still stands here.
        </Notice>
      )}
      {line('name', 'Name', 'What people call it', true)}
      {line('realm', 'Kerberos realm', 'EXAMPLE.TEST; empty: no controller is asked for tickets')}
      {line('domain', 'Domain', 'Its NetBIOS name, EXAMPLE')}
      <Textarea
        label="Domain controllers"
        description="One a line: HOST or HOST:PORT; ldap://HOST where it must be StartTLS; srv:DOMAIN or srv:DOMAIN/SITE for those that DNS names"
        withAsterisk
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        readOnly={readOnly}
        value={values.controllers}
        error={problems['controllers']}
        onChange={(event) => set({ controllers: event.currentTarget.value })}
      />
      {line('base_dn', 'Base DN', 'Empty: as the controller says')}
      <TrustField
        label="Certificate trust"
        pem={values.trust_pem}
        problem={problems['trust_pem']}
        readOnly={readOnly}
        onChange={(trust_pem) => set({ trust_pem })}
      />
      {line(
        'reader',
        'Directory reader',
        'An account of its own that only reads, so that a doubted account is never asked about itself',
      )}
      <NativeSelect
        label="The reader signs in"
        description="Always inside TLS. By a ticket, the password stays here; that takes the Kerberos realm above."
        disabled={readOnly}
        data={[
          { value: 'simple', label: 'by name and password (simple bind)' },
          { value: 'kerberos', label: 'by a Kerberos ticket' },
        ]}
        value={values.reader_sign_in}
        error={problems['reader_sign_in']}
        onChange={(event) => set({ reader_sign_in: event.currentTarget.value as DirectoryValues['reader_sign_in'] })}
      />
      <SecretInput
        label="Directory reader’s password"
        description={form.base?.has_reader_password ? 'One is stored. Empty means: unchanged.' : 'None is stored yet.'}
        autoComplete="new-password"
        readOnly={readOnly}
        value={form.password}
        error={problems['reader_password']}
        onChange={(event) => form.setPassword(event.currentTarget.value)}
      />
      {!readOnly && (
        <div>
          <Button type="submit" loading={form.busy}>
            Save Changes
          </Button>
        </div>
      )}
      <Confirm
        opened={form.odd !== ''}
        title="Is the password meant like this?"
        yes="It is meant so"
        no="Let me look"
        onAnswer={(yes) => (yes ? void form.save(true) : form.forgetOddity())}
      >
        <p>{form.odd}</p>
      </Confirm>
    </form>
  );
}
