import type { ExternalSource } from '~/api/types';

/** As a POSIX shell takes it for one word. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The line that names a program, on the server. */
export function commandLine(account: string): string {
  return `mailward account source ${shellWord(account)} --command /usr/local/bin/fetch-password ${shellWord(account)}`;
}

/** The address, or the program with its arguments. */
export function sourceWords({ url, command }: Pick<ExternalSource, 'url' | 'command'>): string {
  return url || command.map(shellWord).join(' ');
}
