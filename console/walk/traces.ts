import { expect, type Page, test as base } from '@playwright/test';

/** An answer that says no, or none while the service is away: the page shows it in its own words. */
const kExpected =
  /^Failed to load resource: (the server responded with a status of (400|401|403|404|409|422|429)|net::ERR_)/;

/** Everything that a page wrote where others may read it. */
export class Traces {
  readonly console: string[] = [];
  readonly addresses: string[] = [];
  readonly errors: string[] = [];

  follow(page: Page) {
    page.on('console', (message) => {
      this.console.push(message.text());
      const isBad = message.type() === 'error' || message.type() === 'warning';
      if (isBad && !kExpected.test(message.text())) this.errors.push(message.text());
    });
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('request', (request) => this.addresses.push(request.url()));
    page.on('framenavigated', (frame) => this.addresses.push(frame.url()));
  }
}

/** A walk whose page may complain of nothing in the browser's console: a breach of the page's policy stands there. */
export const test = base.extend<{ traces: Traces }>({
  traces: [
    async ({ page }, go) => {
      const traces = new Traces();
      traces.follow(page);
      await go(traces);
      expect(traces.errors).toEqual([]);
    },
    { auto: true },
  ],
});

/** For what looks the same on every screen: walked once. */
export function walkedOnce() {
  test.beforeEach(({}, info) => test.skip(info.project.name !== 'light desktop', 'walked on one screen'));
}
