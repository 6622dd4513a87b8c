export interface RemedyPart {
  /** A command by itself stands in a line of its own; one within a sentence stays there: "inline". */
  kind: 'words' | 'command' | 'inline';
  text: string;
}

/** How a line for PowerShell, or for a shell of this machine, begins. */
const kBeginsCommand =
  /^\(?(?:(?:Get|Set|New|Test|Enable|Disable|Clear|Unlock|Add|Remove|Start|Stop|Restart|Import|Export|Update)-[A-Z]\w+|RollAlternateServiceAccountPassword\.ps1|setspn |timedatectl\b|w32tm |openssl |curl |getent |ip route |netstat |klist\b|repadmin |dcdiag\b|dsacls |mailward )/;

/** How the command line is asked about a rotation: here there is a page for it. */
const kAsksForRotation = /[;,]? ?mailward rotation show ([0-9a-hjkmnp-tv-z]{13})( says what it waits for)?/;

/** A remedy without the command that shows a rotation, and the rotation's id; '' where it names none. */
export function rotationIn(remedy: string): { rest: string; rotation: string } {
  const found = kAsksForRotation.exec(remedy);
  return { rest: found ? remedy.replace(found[0], '') : remedy, rotation: found?.[1] ?? '' };
}

/** Where the sentence goes on after a command: it reads as one with what follows. */
const kSentenceGoesOn = /, (?:after|then|and|or|to|check|look)\b| must show\b/;

/** Where a note to a command begins. */
const kNoteBegins = / \((?=[A-Z]\w+:|docs\/)/;

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

/** Where the bracket that opens there closes, or -1. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text.charAt(at) === '(') depth += 1;
    if (text.charAt(at) === ')') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** Words, and the command that may stand in brackets within them. */
function bracketed(piece: string): RemedyPart[] {
  const open = piece.indexOf('(');
  const close = closing(piece, open);
  if (open < 0 || close < 0 || !kBeginsCommand.test(piece.slice(open + 1))) return [{ kind: 'words', text: piece }];
  return [
    { kind: 'words', text: piece.slice(0, open + 1) },
    { kind: 'inline', text: piece.slice(open + 1, close) },
    { kind: 'words', text: piece.slice(close) },
  ];
}

function parted(piece: string): RemedyPart[] {
  if (!kBeginsCommand.test(piece)) return bracketed(piece);
  const goesOn = kSentenceGoesOn.exec(piece);
  if (goesOn) {
    return [
      { kind: 'inline', text: piece.slice(0, goesOn.index) },
      { kind: 'words', text: piece.slice(goesOn.index) },
    ];
  }
  const stopped = piece.replace(/[;,:.]$/, '');
  const note = kNoteBegins.exec(stopped);
  if (!note) return [{ kind: 'command', text: stopped }];
  return [
    { kind: 'command', text: stopped.slice(0, note.index) },
    { kind: 'words', text: stopped.slice(note.index + 1) },
  ];
}

/**
 * A remedy taken apart into words and the commands in it, so that each command can be copied by itself. The service
 * writes remedies as one text; this reads them as a person would, and what it does not recognise stays words.
 */
export function remedyParts(remedy: string): RemedyPart[] {
  const parts: RemedyPart[] = [];
  const add = (part: RemedyPart) => {
    const last = parts.at(-1);
    if (last?.kind === 'words' && part.kind === 'words') last.text += part.text;
    else parts.push(part);
  };
  for (const piece of pieces(withoutOptions(remedy.trim()))) {
    const [first, ...rest] = parted(piece);
    const goesOn = parts.length > 0 && parts.at(-1)?.kind !== 'command' && first?.kind !== 'command';
    if (goesOn) add({ kind: 'words', text: ' ' });
    if (first) add(first);
    rest.forEach(add);
  }
  return parts;
}
