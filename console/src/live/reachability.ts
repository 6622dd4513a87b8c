import { useSyncExternalStore } from 'react';

import type { Witness } from '~/api/client';

/** Whether the service answers. "back" stands for a moment after it came back, so that a person sees it. */
export type Reach = 'here' | 'away' | 'back';

const kAskAgainMs = [500, 1000, 2000, 3000];
const kBackMs = 2500;

/** Watches whether the service answers; while it does not, asks again until it does. */
export class Reachability implements Witness {
  private reach: Reach = 'here';
  private readonly listeners = new Set<() => void>();
  private readonly onBack = new Set<() => void>();
  private tries = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `ask` resolves where the service answered, whatever it said. */
  constructor(private readonly ask: () => Promise<unknown>) {}

  state = (): Reach => this.reach;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Called each time that the service has come back. */
  whenBack(listener: () => void): () => void {
    this.onBack.add(listener);
    return () => this.onBack.delete(listener);
  }

  answered(): void {
    if (this.reach !== 'away') return;
    clearTimeout(this.timer);
    this.turn('back');
    this.timer = setTimeout(() => {
      // Only what stays is back: a service that comes and goes is asked ever more seldom.
      this.tries = 0;
      this.turn('here');
    }, kBackMs);
    for (const listener of this.onBack) listener();
  }

  silent(): void {
    if (this.reach === 'away') return;
    clearTimeout(this.timer);
    this.turn('away');
    this.askLater();
  }

  askNow = (): void => {
    if (this.reach !== 'away') return;
    clearTimeout(this.timer);
    this.ask().then(
      () => this.answered(),
      () => this.askLater(),
    );
  };

  private askLater(): void {
    clearTimeout(this.timer);
    const wait = kAskAgainMs[Math.min(this.tries, kAskAgainMs.length - 1)];
    this.tries += 1;
    this.timer = setTimeout(this.askNow, wait);
  }

  private turn(reach: Reach): void {
    this.reach = reach;
    for (const listener of this.listeners) listener();
  }
}

/** Any answer of the service will do; a proxy's page that stands in for it is none. */
async function ask(): Promise<void> {
  const response = await fetch('/api/v1/session', { cache: 'no-store', credentials: 'same-origin' });
  if (response.status >= 500) throw new Error('not yet');
}

export const reachability = new Reachability(ask);

export function useReach(): Reach {
  return useSyncExternalStore(reachability.subscribe, reachability.state);
}
