// What the browser keeps, and the way out.
import { expect, type Page, test as plain } from '@playwright/test';

import { signIn } from './support';
import { test, walkedOnce } from './traces';

walkedOnce();

test('signing in leads where one wanted to go, signing out back to the door', async ({ page }) => {
  await page.goto('/audit');
  await page.getByLabel('Name').fill(process.env.MAILWARD_USER!);
  await page.getByLabel('Password', { exact: true }).fill(process.env.MAILWARD_PASSWORD!);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Audit' })).toBeVisible();
  await page.getByRole('button', { name: /administrator/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect((await page.request.get('/api/v1/session')).status()).toBe(401);
});

test('no script can read the session, and nothing is kept but it', async ({ page }) => {
  await signIn(page);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(kept).toBe('[{},{},""]');
  const cookies = await page.context().cookies();
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict' });
});

test('the look that was chosen is there before the page is', async ({ page }) => {
  await signIn(page);
  await page.getByRole('button', { name: /administrator/ }).click();
  await page.locator('label').filter({ hasText: 'Dark' }).click();
  const look = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  expect(await look()).toBe('dark');
  await page.reload({ waitUntil: 'commit' });
  await expect.poll(look).toBe('dark');
});

test('an invitation leaves no token in the address', async ({ page }) => {
  await page.goto('/welcome#mwi_such-a-token-was-never-made');
  await expect(page.getByRole('heading', { name: 'This invitation does not hold' })).toBeVisible();
  expect(page.url()).not.toContain('mwi_');
});

/** Loses parts of the page that come after its first ones in its first so many loads; how often it was loaded. */
async function losing(page: Page, loads: number) {
  const first = await (await page.request.get('/')).text();
  const counts = { lost: 0, loads: 0 };
  page.on('request', (request) => {
    if (request.isNavigationRequest()) ++counts.loads;
  });
  await page.route(/\/assets\/[^/]+\.(js|css)$/, async (route) => {
    const name = new URL(route.request().url()).pathname;
    if (first.includes(name) || counts.loads > loads) return route.continue();
    ++counts.lost;
    return route.abort();
  });
  return counts;
}

test('parts that are lost on the way are fetched anew with the page', async ({ page }) => {
  await signIn(page);
  const counts = await losing(page, 1);
  await page.goto('/audit');
  await expect(page.getByRole('heading', { name: 'Audit' })).toBeVisible();
  expect(counts.lost).toBeGreaterThan(0);
  expect(counts.loads).toBe(2);
});

// React says on the browser's console what it could not load, which no other walk may see.
plain('a part that stays lost is said, and not asked for without end', async ({ page }, info) => {
  plain.skip(info.project.name !== 'light desktop', 'walked on one screen');
  await signIn(page);
  const counts = await losing(page, Infinity);
  await page.goto('/audit');
  await expect(page.getByText(/This page (is from before an update|has broken)/)).toBeVisible();
  expect(counts.loads).toBe(2);
});
