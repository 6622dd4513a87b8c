import { Link } from 'react-router-dom';

import { Command, CopyButton } from '~/parts/copyable';

import { type RemedyPart, remedyParts, rotationIn } from './remedy_words';
import classes from './runs.module.css';
import { capital } from './step_words';

/** Words and the commands within them are a paragraph; a command by itself is a line of its own. */
function inLines(parts: readonly RemedyPart[]): RemedyPart[][] {
  const lines: RemedyPart[][] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last && part.kind !== 'command' && last[0]?.kind !== 'command') last.push(part);
    else lines.push([part]);
  }
  return lines;
}

/** Begun with a capital, where it begins with words. */
function sentenceCase(text: string): string {
  return remedyParts(text)[0]?.kind === 'words' ? capital(text.trimStart()) : text;
}

/** What to do, each command to be copied by itself; where a rotation is to be looked at, the way to its page. */
export function Remedy({ text }: { text: string }) {
  const { rest, rotation } = rotationIn(text);
  return (
    <div className={classes.remedy}>
      {inLines(remedyParts(sentenceCase(rest))).map((line, at) =>
        line[0]?.kind === 'command' ? (
          <Command key={at} text={line[0].text} />
        ) : (
          <p key={at}>
            {line.map(({ kind, text: words }, place) =>
              kind === 'inline' ? (
                <span key={place} className={classes.inline}>
                  <code>{words}</code>
                  <CopyButton text={words} label="Copy the command" />
                </span>
              ) : (
                words
              ),
            )}
          </p>
        ),
      )}
      {rotation && (
        <p>
          <Link to={`/rotations/${rotation}`}>Watch the rotation</Link>
        </p>
      )}
    </div>
  );
}
