// Each page by itself: axe finds nothing, nothing is wider than the screen, the browser's console stays silent.
import { expect, type Page } from '@playwright/test';

import { look, openSample, signIn } from './support';
import { test } from './traces';

const pages: [string, string, string][] = [
  ['dashboard', '/', 'Dashboard'],
  ['server-connections', '/connections', 'Server Connections'],
  ['add-connection', '/connections/new', 'Add connection'],
  ['service-accounts', '/accounts', 'Service Accounts'],
  ['rotations', '/rotations', 'Rotations'],
  ['measures', '/measures', 'Recommended measures'],
  ['schedule', '/schedule', 'Schedule'],
  ['directories', '/directories', 'Directories'],
  ['add-directory', '/directories/new', 'Add directory'],
  ['notices-page', '/notices', 'Notices'],
  ['add-relay', '/notices/channels/new', 'Add email relay'],
  ['add-webhook', '/notices/channels/new?kind=webhook', 'Add webhook'],
  ['secrets', '/secrets', 'Secrets'],
  ['renew-everything', '/renewals', 'Renew everything'],
  ['audit', '/audit', 'Audit'],
  ['users', '/settings/users', 'Users'],
  ['roles', '/settings/roles', 'Roles'],
  ['api-tokens', '/settings/tokens', 'API Tokens'],
  ['profile', '/profile', 'Profile'],
  ['nowhere', '/no/such/page', 'Nothing is here'],
];

/** Nothing is on its way any more, and nothing is wider than the screen. */
async function settled(page: Page) {
  await expect(page.locator('[aria-label="Loading"]')).toHaveCount(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}

test('every page', async ({ page }, info) => {
  test.setTimeout(180_000);
  await signIn(page);
  for (const [name, path, title] of pages) {
    await test.step(title, async () => {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
      await settled(page);
      await look(page, info, name);
    });
  }
});

test('the dialogs', async ({ page }, info) => {
  test.setTimeout(120_000);
  await signIn(page);
  await page.goto('/settings/users');
  await page.getByRole('button', { name: 'Add user' }).click();
  await expect(page.getByRole('dialog', { name: 'Add user' })).toBeVisible();
  await look(page, info, 'add-user');
  await page.goto('/settings/tokens');
  await page.getByRole('button', { name: 'Create token' }).click();
  await expect(page.getByRole('dialog', { name: 'Create token' })).toBeVisible();
  await look(page, info, 'make-token');
  await openSample(page);
  await page.getByRole('button', { name: 'Preparation script' }).click();
  await expect(page.getByRole('dialog', { name: 'Preparation script' })).toBeVisible();
  await look(page, info, 'preparation-script');
});
