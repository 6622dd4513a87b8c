import { beforeEach, expect, test, vi } from 'vitest';

import { type Source, Stream } from './stream';

/** A source that does what a test tells it. */
class Told implements Source {
  onopen: ((event: Event) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  closed = false;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly url: string) {}
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void) {
    this.listeners.set(type, listener);
  }
  close() {
    this.closed = true;
  }
  say(type: string, data: unknown) {
    this.listeners.get(type)?.({ data: JSON.stringify(data) } as MessageEvent<string>);
  }
  breakOff() {
    this.onerror?.({} as Event);
  }
}

let opened: Told[] = [];
let later: (() => void)[] = [];
let look: () => void = () => undefined;
const broken = vi.fn(() => new Promise<void>((resolve) => (look = resolve)));

const stream = () =>
  new Stream({
    open: (url) => {
      const source = new Told(url);
      opened.push(source);
      return source;
    },
    later: (action) => {
      later.push(action);
      return () => (later = later.filter((one) => one !== action));
    },
    broken,
  });

/** What waits on promises has run. */
const settled = () => new Promise((resolve) => setTimeout(resolve));

const live = () => opened.filter((one) => !one.closed).map((one) => one.url);

beforeEach(() => {
  opened = [];
  later = [];
  broken.mockClear();
});

test('one stream at a time: the claim made last has it, then the one before has it again', () => {
  const page = stream();
  page.claim({ url: '/events', on: {} });
  const release = page.claim({ url: '/runs/r/events', on: {} });
  expect(live()).toEqual(['/runs/r/events']);
  release();
  expect(live()).toEqual(['/events']);
  expect(opened).toHaveLength(3);
});

test('hidden pages hold none', () => {
  const page = stream();
  page.claim({ url: '/events', on: {} });
  page.setVisible(false);
  expect(live()).toEqual([]);
  page.claim({ url: '/runs/r/events', on: {} });
  expect(live()).toEqual([]);
  page.setVisible(true);
  expect(live()).toEqual(['/runs/r/events']);
});

test('a break is looked into, and opened again when that is done', async () => {
  const page = stream();
  const seen: unknown[] = [];
  page.claim({ url: '/events', on: { snapshot: (data) => seen.push(data) } });
  opened[0]?.breakOff();
  expect(broken).toHaveBeenCalledTimes(1);
  expect(live()).toEqual([]);
  later[0]?.();
  await settled();
  expect(live()).toEqual([]);
  look();
  await settled();
  expect(live()).toEqual(['/events']);
  opened[1]?.say('snapshot', { seq: 4 });
  expect(seen).toEqual([{ seq: 4 }]);
});

test('a look that fails does not keep it closed', async () => {
  broken.mockImplementationOnce(() => Promise.reject(new Error('away')));
  stream().claim({ url: '/events', on: {} });
  opened[0]?.breakOff();
  // Nobody has waited for the look yet when it fails.
  await settled();
  later[0]?.();
  await settled();
  expect(live()).toEqual(['/events']);
});

test('what a closed stream still says is not heard', () => {
  const page = stream();
  const seen: unknown[] = [];
  const release = page.claim({ url: '/events', on: { change: (data) => seen.push(data) } });
  release();
  opened[0]?.say('change', {});
  expect(seen).toEqual([]);
});

test('a release while it waits to be opened again opens nothing', async () => {
  const page = stream();
  const release = page.claim({ url: '/events', on: {} });
  opened[0]?.breakOff();
  later[0]?.();
  release();
  look();
  await settled();
  expect(opened).toHaveLength(1);
});
