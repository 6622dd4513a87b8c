import type { Secret } from '~/api/types';

export const wayWords: Record<Secret['way'], string> = {
  by_itself: 'By itself',
  by_person: 'By a person',
  made_anew: 'Given up, made anew',
  stays: 'Stays',
};

/** What a person looks for: a kind, what it opens, who set it. */
export function matches(secret: Secret, words: string): boolean {
  const text = `${secret.title} ${secret.kind} ${secret.opens} ${secret.set_by} ${wayWords[secret.way]}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export function daysWords(days: number): string {
  if (days <= 0) return 'today';
  return days === 1 ? '1 day' : `${days} days`;
}
