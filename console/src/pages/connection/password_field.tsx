import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';

import type { PasswordState } from '~/api/types';
import { inOneLine, routeDifference } from '~/connections/destination';
import { GoesTo } from '~/connections/route';
import { Command } from '~/parts/copyable';
import { Notice } from '~/parts/notice';
import { SecretInput } from '~/parts/secret_input';

import classes from './connection.module.css';
import { showDestination } from './sending';
import type { Editor } from './use_editor';

const stateNotes: Record<PasswordState, string> = {
  none: 'No password is stored yet.',
  pending: 'A stored password has not signed in anywhere yet. Empty means: unchanged.',
  active: 'A password is stored and in use. Empty means: unchanged.',
  refused: 'The stored password was refused. Type the one that is in force.',
};

/** As a POSIX shell takes it for one word. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Where the password of the form would go as it stands, a moment after the typing. */
function useDestination(editor: Editor) {
  const { form, base } = editor;
  const [settled] = useDebouncedValue(form, 350);
  const binding = [
    settled.ews_url,
    settled.front_ends,
    settled.trust_pem,
    settled.authentication,
    settled.master_mailbox,
    settled.autodiscover,
    settled.proxy_url,
    settled.proxy_trust_pem,
  ];
  return useQuery({
    queryKey: ['destination', base?.id ?? '', base?.version ?? 0, binding],
    // What does not hold yet has no destination: that is no trouble to tell.
    queryFn: ({ signal }) =>
      showDestination({ ...settled, description: settled.description || 'unsaved' }, base, { signal }),
    enabled: settled.ews_url !== '' && settled.master_mailbox !== '',
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

interface MustTypeAgainProps {
  differs: readonly string[];
  account: string;
  destination: string;
}

function MustTypeAgain({ differs, account, destination }: MustTypeAgainProps) {
  return (
    <Notice kind="warn" title="The stored password must be typed again">
      It was typed for another destination: {differs.join(', ').toLowerCase()}{' '}
      {differs.length > 1 ? 'differ' : 'differs'} now. A password goes only where a person sent it. One that Mailward
      generated cannot be typed; on the server, run:
      <div className={classes.rebind}>
        <Command text={`mailward account rebind ${quoted(account)} --to ${quoted(inOneLine(destination))}`} />
      </div>
    </Notice>
  );
}

function Hint({ editor }: { editor: Editor }) {
  const { data } = useDestination(editor);
  const { base, password, form } = editor;
  if (!data?.destination) return null;
  if (password !== '') {
    return <GoesTo destination={data.destination} isFresh={!data.destination_proven} />;
  }
  const stored = base?.destination;
  if (!base || base.password === 'none' || !stored || stored === data.destination || data.destination_proven)
    return null;
  return (
    <MustTypeAgain
      differs={routeDifference(stored, data.destination)}
      account={form.master_mailbox}
      destination={data.destination}
    />
  );
}

/** Write-only: what is stored is never shown. */
export function PasswordField({ editor, readOnly }: { editor: Editor; readOnly: boolean }) {
  const { base, password, problems, setPassword } = editor;
  return (
    <div className={classes.passwordField}>
      <SecretInput
        label="Master Mailbox Password"
        description={stateNotes[base?.password ?? 'none']}
        name="master-mailbox-password"
        // A browser that offers the administrator's own password here, or keeps this one, would do harm.
        autoComplete="new-password"
        data-1p-ignore
        data-lpignore="true"
        spellCheck={false}
        // Whoever comes from “Type the password” is here to do that.
        autoFocus={location.hash === '#password'}
        readOnly={readOnly}
        value={password}
        error={problems['password']}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Hint editor={editor} />
    </div>
  );
}
