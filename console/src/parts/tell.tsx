import { useSyncExternalStore } from 'react';

import { CheckIcon, CloseIcon, WarningIcon } from './icons';
import classes from './tell.module.css';

interface Word {
  kind: 'good' | 'bad';
  text: string;
}

const kStaysMs = 5000;

let words: readonly (Word & { id: number })[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: typeof words) {
  words = next;
  for (const listener of listeners) listener();
}

function drop(id: number) {
  set(words.filter((one) => one.id !== id));
}

/** A short word in passing, in the corner: for what was done, never for what must be read. Bad ones stay until closed. */
export function tell(word: Word): void {
  count += 1;
  const id = count;
  set([...words, { ...word, id }]);
  if (word.kind === 'good') setTimeout(() => drop(id), kStaysMs);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Told() {
  const shown = useSyncExternalStore(subscribe, () => words);
  return (
    <div className={classes.corner} role="status" aria-live="polite">
      {shown.map(({ id, kind, text }) => (
        <div key={id} className={classes.word} data-kind={kind}>
          {kind === 'good' ? <CheckIcon /> : <WarningIcon />}
          <span>{text}</span>
          <button type="button" aria-label="Close" className={classes.close} onClick={() => drop(id)}>
            <CloseIcon size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}
