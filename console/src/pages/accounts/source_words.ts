import type { ExternalSource } from '~/api/types';

/** As a POSIX shell takes it for one word. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The line that names a program, on the server. */
export function commandLine(account: string): string {
  return `mailward account source ${shellWord(account)} --command /usr/local/bin/fetch-password ${shellWord(account)}`;
}

export type HandedOver = 'not_asked' | 'a_password' | 'the_one_in_force' | 'another_one';

/** What to say once it is saved: also what it handed over when it was asked. */
export function savedWords(handed: HandedOver): string {
  const asked: Record<HandedOver, string> = {
    not_asked: 'It was not asked.',
    a_password: 'It hands over a password.',
    the_one_in_force: 'It hands over the password in force.',
    another_one: 'It hands over another password than the one in force.',
  };
  return `The vault is saved. ${asked[handed]} Choose the way Another vault to let Mailward fetch from it.`;
}

/** The address, or the program with its arguments. */
export function sourceWords({ url, command }: Pick<ExternalSource, 'url' | 'command'>): string {
  return url || command.map(shellWord).join(' ');
}
