import { Button, Checkbox, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import type { AccountDetail, ExternalSource } from '~/api/types';
import { Command } from '~/parts/copyable';
import { Confirm } from '~/parts/confirm';
import { SecretInput } from '~/parts/secret_input';
import { Failed, RowsLoading } from '~/parts/states';
import { Ago } from '~/parts/time';
import { sourceQuery } from '~/rotations/queries';
import { Starter } from '~/rotations/starter';
import { useMay } from '~/session/session';
import { TrustField } from '~/trust/trust_field';

import classes from './accounts.module.css';
import { FormTroubles } from './form_troubles';
import { commandLine, sourceWords } from './source_words';
import { type SourceForm, useSource } from './use_source';

function Standing({ source }: { source: ExternalSource | null }) {
  if (!source) return <p>None hands over its passwords.</p>;
  return (
    <div className={classes.right}>
      <p>
        Its passwords are had from {source.url ? 'this address' : 'this program on Mailward’s server'}
        {source.url && (source.has_token ? ', with the token that is stored' : ', without a token')}:
      </p>
      <Command text={sourceWords(source)} />
      <p>
        Named <Ago at={source.updated} />, <Starter actor={source.updated_by} />.
      </p>
    </div>
  );
}

/** A program would run as the service: who could do that anyway names it. */
function ByProgram({ account }: { account: AccountDetail }) {
  return (
    <div className={classes.right}>
      <p>
        A program in place of an address is run as Mailward’s own user, so it can be named on the server alone, as root.
        It writes the password to its standard output:
      </p>
      <Command text={commandLine(account.name)} />
    </div>
  );
}

function Fields({ form }: { form: SourceForm }) {
  const { values, problems, base } = form;
  return (
    <>
      <TextInput
        label="Address of the vault"
        description="Asked by GET; https, plain http to Mailward’s own machine alone. It answers with the password as text, or as JSON with a member “password”."
        placeholder="https://vault.example.test/v1/mailward"
        type="url"
        autoComplete="off"
        spellCheck={false}
        value={values.url}
        error={problems['url']}
        onChange={(event) => form.set({ url: event.currentTarget.value })}
      />
      <TrustField
        key={base?.updated ?? 'none'}
        label="Certificate trust"
        pem={values.trust_pem}
        problem={problems['trust_pem']}
        readOnly={false}
        onChange={(trust_pem) => form.set({ trust_pem })}
      />
      <SecretInput
        label="Token for it"
        description={
          base?.has_token
            ? 'One is stored, for this address and trust. Empty means: unchanged.'
            : 'Optional; sent as a bearer token, to this address and nowhere else.'
        }
        name="vault-token"
        autoComplete="new-password"
        data-1p-ignore
        data-lpignore="true"
        spellCheck={false}
        value={form.token}
        error={problems['token']}
        onChange={(event) => form.setToken(event.currentTarget.value)}
      />
    </>
  );
}

function Removal({ form }: { form: SourceForm }) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Button variant="default" disabled={form.busy} onClick={() => setAsked(true)}>
        Remove vault
      </Button>
      <Confirm
        opened={asked}
        title="Let no other vault hand over its passwords?"
        yes="Remove vault"
        danger
        onAnswer={(yes) => {
          setAsked(false);
          if (yes) void form.remove();
        }}
      >
        <p>
          The token is destroyed with it. Where the account goes by the way Another vault, its way is Typed by a person
          from then on.
        </p>
      </Confirm>
    </>
  );
}

/** Naming its address, with trust and token; removing it. */
export function SourceEditor({ account, source }: { account: AccountDetail; source: ExternalSource | null }) {
  const form = useSource(account.id, source);
  return (
    <form
      noValidate
      aria-label="Another vault"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void form.save();
      }}
    >
      <FormTroubles
        trouble={form.trouble}
        newer={
          form.newer && {
            title: 'Somebody else has changed the vault in the meantime',
            now: form.newer.url || form.newer.command.join(' ') || 'none',
            take: form.takeNewer,
          }
        }
      />
      <Fields form={form} />
      <Checkbox
        label="Ask it before it is saved"
        description="What hands over no password is not saved. It has 30 seconds, unless the configuration says otherwise."
        checked={form.check}
        onChange={(event) => form.setCheck(event.currentTarget.checked)}
      />
      <div className={classes.buttons}>
        <Button type="submit" variant="default" loading={form.busy} disabled={!form.dirty && source !== null}>
          Save vault
        </Button>
        {source && <Removal form={form} />}
      </div>
    </form>
  );
}

/** Where another vault hands over this account's passwords. */
export function Source({ account }: { account: AccountDetail }) {
  const mayChange = useMay('change_connections');
  const { data, error, refetch } = useQuery(sourceQuery(account.id));
  // Whoever does not need one sees no form.
  const [opened, setOpened] = useState(false);
  if (data === undefined) return error ? <Failed error={error} retry={refetch} /> : <RowsLoading rows={2} />;
  return (
    <>
      <Standing source={data} />
      {mayChange && !data && !opened && (
        <div>
          <Button variant="default" onClick={() => setOpened(true)}>
            Name a vault
          </Button>
        </div>
      )}
      {mayChange && (data || opened) && (
        <>
          <SourceEditor account={account} source={data} />
          <ByProgram account={account} />
        </>
      )}
    </>
  );
}
