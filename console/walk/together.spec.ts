// Two at once, a session that ends, a service that goes away: nothing typed is lost.
import { expect, type Page } from '@playwright/test';

import { openSample, signIn } from './support';
import { test, walkedOnce } from './traces';

walkedOnce();

const save = (page: Page) => page.getByRole('button', { name: 'Save Changes' });

test('two administrators: the second sees what the first changed, field by field', async ({ page: mine, browser }) => {
  const theirs = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
  for (const page of [mine, theirs]) {
    await signIn(page);
    await openSample(page);
  }
  await mine.getByLabel('User agent').fill('mine');
  await mine.getByLabel('Heartbeat').fill('600');
  await theirs.getByLabel('User agent').fill('theirs');
  await theirs.getByLabel('Concurrency').fill('11');
  await save(theirs).click();

  await expect(mine.getByText('Somebody else has just saved this connection')).toBeVisible();
  await save(mine).click();
  const question = mine.getByRole('dialog', { name: 'Somebody else saved this in the meantime' });
  await expect(question).toContainText('User agent');
  await expect(question).toContainText('theirs');
  await expect(question).toContainText('Concurrency');
  await expect(question).not.toContainText('Heartbeat');
  await question.getByRole('button', { name: 'Save with these choices' }).click();
  await expect(save(mine)).toBeDisabled();
  await expect(mine.getByLabel('User agent')).toHaveValue('mine');
  await expect(mine.getByLabel('Concurrency')).toHaveValue('11');
  await expect(mine.getByLabel('Heartbeat')).toHaveValue('600');

  // Where nothing was typed, the form simply follows.
  await expect(theirs.getByLabel('User agent')).toHaveValue('mine');

  await mine.getByLabel('User agent').fill('');
  await mine.getByLabel('Concurrency').fill('20');
  await mine.getByLabel('Heartbeat').fill('300');
  await save(mine).click();
  await expect(theirs.getByLabel('Concurrency')).toHaveValue('20');
});

test('a session that ends in mid-edit: sign in over the page, and the save goes through', async ({ page, context }) => {
  await signIn(page);
  await openSample(page);
  await page.getByLabel('Heartbeat').fill('900');
  // As if it had run out.
  await context.clearCookies();
  await save(page).click();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await dialog.getByLabel('Password', { exact: true }).fill(process.env.MAILWARD_PASSWORD!);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(save(page)).toBeDisabled();
  await expect(page.getByLabel('Heartbeat')).toHaveValue('900');
  await page.getByLabel('Heartbeat').fill('300');
  await save(page).click();
  await expect(save(page)).toBeDisabled();
});

test('the service going away is a calm banner, and the page goes on when it is back', async ({ page, context }) => {
  await signIn(page);
  await openSample(page);
  await page.getByLabel('User agent').fill('typed before it went');
  await context.setOffline(true);
  await save(page).click();
  await expect(page.getByText('Mailward does not answer at the moment.')).toBeVisible();
  await expect(page.getByLabel('User agent')).toHaveValue('typed before it went');
  await context.setOffline(false);
  await expect(page.getByText('Mailward is back.')).toBeVisible();
  await expect(page.getByText('Mailward does not answer at the moment.')).toBeHidden();
  await expect(page.getByLabel('User agent')).toHaveValue('typed before it went');
  await expect(save(page)).toBeEnabled();
});
