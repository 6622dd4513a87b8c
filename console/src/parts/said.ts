import { sentence } from '~/api/problem';

import { exact } from './time_words';

const kTime = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** A text with its times in the reader's own zone. */
export function localTimes(text: string): string {
  return text.replaceAll(kTime, (time) => exact(time));
}

/** What the service says, as a person reads it: times in his own zone, each sentence with a capital. */
export function said(text: string): string {
  const local = text.replaceAll(kTime, (time) => exact(time));
  return sentence(
    local.replaceAll(/([a-z)][.!?]) ([a-z])/g, (_, end: string, first: string) => `${end} ${first.toUpperCase()}`),
  );
}
