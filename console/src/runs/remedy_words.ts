export interface RemedyPart {
  kind: 'words' | 'command';
  text: string;
}

/** How a line for PowerShell, or for a shell of this machine, begins. */
const kBeginsCommand =
  /^\(?(?:(?:Get|Set|New|Test|Enable|Disable|Clear|Unlock|Add|Remove|Start|Stop|Restart|Import|Export|Update)-[A-Z]\w+|RollAlternateServiceAccountPassword\.ps1|setspn |timedatectl\b|w32tm |openssl |curl |getent |ip route |netstat |klist\b|mailward )/;

/** Where words go on after a command without any stop. */
const kWordsGoOn = /(?:, (?:after|then|and|or|to|check|look)\b| \((?=[A-Z]\w+:)|\), (?=then\b)|\.$)/;

/** Pieces that end with a stop, outside of braces and quotes. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let start = 0;
  let quote = '';
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (quote) {
      if (letter === quote) quote = '';
    } else if (letter === '"' || (letter === "'" && !/\w/.test(text.charAt(at - 1)))) {
      quote = text.includes(letter, at + 1) ? letter : '';
    } else if (letter === '{' || letter === '(') {
      depth += 1;
    } else if (letter === '}' || letter === ')') {
      depth = Math.max(0, depth - 1);
    } else if (depth === 0 && '.;:,'.includes(letter) && text.charAt(at + 1) === ' ') {
      if (letter === ',' && !kBeginsCommand.test(text.slice(at + 2))) continue;
      found.push(text.slice(start, at + 1));
      start = at + 2;
    }
  }
  found.push(text.slice(start));
  return found.filter((piece) => piece !== '');
}

/** Without the names of the command line's options: here there are buttons for what they do. */
function withoutOptions(remedy: string): string {
  return remedy.replaceAll(/ \(--[a-z-]+\)|: --[a-z-]+(?=[.,;]|$)/g, '');
}

/** A command that stands in brackets within words. */
function unbracketed(piece: string): string[] {
  const open = piece.indexOf('(');
  const close = piece.indexOf(')', open);
  if (open <= 0 || close < 0 || !kBeginsCommand.test(piece.slice(open + 1))) return [piece];
  return [piece.slice(0, open).trim(), piece.slice(open + 1, close), piece.slice(close + 1).trim()].filter(
    (part) => part !== '',
  );
}

function parted(piece: string): RemedyPart[] {
  if (!kBeginsCommand.test(piece)) return [{ kind: 'words', text: piece }];
  const stopped = piece.replace(/[;,:.]$/, '');
  const goesOn = kWordsGoOn.exec(stopped);
  if (!goesOn) return [{ kind: 'command', text: stopped }];
  const words = stopped.slice(goesOn.index).replace(/^[,.\s]+/, '');
  const command: RemedyPart = { kind: 'command', text: stopped.slice(0, goesOn.index) };
  return words === '' ? [command] : [command, { kind: 'words', text: words }];
}

/**
 * A remedy taken apart into words and the commands in it, so that each command can be copied by itself. The service
 * writes remedies as one text; this reads them as a person would, and what it does not recognise stays words.
 */
export function remedyParts(remedy: string): RemedyPart[] {
  const parts: RemedyPart[] = [];
  for (const part of pieces(withoutOptions(remedy.trim())).flatMap(unbracketed).flatMap(parted)) {
    const last = parts.at(-1);
    if (last?.kind === 'words' && part.kind === 'words')
      last.text += (/^[.,;:)]/.test(part.text) ? '' : ' ') + part.text;
    else parts.push({ ...part });
  }
  return parts;
}
