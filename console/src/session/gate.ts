import { useSyncExternalStore } from 'react';

/** What a person is asked in the middle of something: to sign in again, or to confirm that it is still he. */
export type Question = 'sign_in' | 'confirm';

/** One question at a time, however many requests wait for its answer. */
export class Gate {
  private question: Question | null = null;
  private waiting: ((answer: boolean) => void)[] = [];
  private readonly listeners = new Set<() => void>();

  asked = (): Question | null => this.question;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  ask(question: Question): Promise<boolean> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      // Who signs in has confirmed as well; never the other way round.
      if (this.question !== 'sign_in') this.turn(question);
    });
  }

  answer(yes: boolean): void {
    const waiting = this.waiting;
    this.waiting = [];
    this.turn(null);
    for (const resolve of waiting) resolve(yes);
  }

  private turn(question: Question | null): void {
    this.question = question;
    for (const listener of this.listeners) listener();
  }
}

export const gate = new Gate();

export function useQuestion(): Question | null {
  return useSyncExternalStore(gate.subscribe, gate.asked);
}
