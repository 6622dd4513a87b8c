// Every page: what stands on it is readable, reachable and sound, light and dark, at phone and desktop width.
import { expect, type Page, test } from '@playwright/test';

import { look, signIn } from './support';

const pages = [
  { name: 'dashboard', path: '/', heading: 'Dashboard' },
  { name: 'connections', path: '/connections', heading: 'Server Connections' },
  { name: 'connection-new', path: '/connections/new', heading: 'Add connection' },
  { name: 'accounts', path: '/accounts', heading: 'Service Accounts' },
  { name: 'directories', path: '/directories', heading: 'Directories' },
  { name: 'directory-new', path: '/directories/new', heading: 'Add directory' },
  { name: 'audit', path: '/audit', heading: 'Audit' },
  { name: 'users', path: '/settings/users', heading: 'Users' },
  { name: 'roles', path: '/settings/roles', heading: 'Roles' },
  { name: 'tokens', path: '/settings/tokens', heading: 'API Tokens' },
  { name: 'profile', path: '/profile', heading: 'Profile' },
  { name: 'nowhere', path: '/nothing/of/the/kind', heading: 'Nothing is here' },
];

/** Nothing is being fetched any more, and nothing is wider than the page. */
async function expectSettled(page: Page) {
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wider, 'pixels that the page is too wide').toBeLessThanOrEqual(0);
}

test('every page', async ({ page }, info) => {
  test.setTimeout(180_000);
  const said: string[] = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  await signIn(page);
  said.length = 0; // the browser tells of the 401 by which the page learnt that nobody was signed in
  for (const { name, path, heading } of pages) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
    await expectSettled(page);
    await look(page, info, name);
  }
  await page.goto('/connections');
  await page.getByText('Sample Exchange').first().click();
  await expect(page.getByRole('heading', { name: 'Edit Connection' })).toBeVisible();
  await expectSettled(page);
  await look(page, info, 'connection');
  expect(said).toEqual([]);
});

test('the first page is reached by keyboard alone', async ({ page }, info) => {
  test.skip(!info.project.name.includes('desktop'), 'phones have no Tab');
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.getByLabel('Name').focus();
  await page.keyboard.type(process.env.MAILWARD_USER!);
  await page.keyboard.press('Tab');
  await page.keyboard.type(process.env.MAILWARD_PASSWORD!);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Dashboard' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
});
