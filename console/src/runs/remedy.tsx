import { Command } from '~/parts/copyable';

import { remedyParts } from './remedy_words';
import classes from './runs.module.css';

/** What to do, each command to be copied by itself. */
export function Remedy({ text }: { text: string }) {
  return (
    <div className={classes.remedy}>
      {remedyParts(text).map((part, at) =>
        part.kind === 'command' ? <Command key={at} text={part.text} /> : <p key={at}>{part.text}</p>,
      )}
    </div>
  );
}
