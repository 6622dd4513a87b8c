// Every secret that is held, and renewing all of them: the list, the plan, the question, and how it goes.
import { expect } from '@playwright/test';

import { OwnService } from './own_service';
import { look, signIn } from './support';
import { test } from './traces';

test('the secrets are listed, found and filtered', async ({ page }, info) => {
  await signIn(page);
  await page.goto('/secrets');
  await expect(page.getByRole('heading', { level: 1, name: 'Secrets' })).toBeVisible();
  const rows = page.getByRole('list', { name: 'Secrets' }).getByRole('listitem');
  const masterKey = rows.filter({ has: page.getByText('Master key', { exact: true }) });
  await expect(masterKey).toBeVisible();
  await expect(rows.filter({ hasText: 'EWS as svc-mailward@example.test' })).toBeVisible();
  await look(page, info, 'secrets');
  await page.getByLabel('Find').fill('every secret');
  await expect(rows).toHaveCount(1);
  await page.getByLabel('Find').fill('nothing of that name');
  await expect(page.getByText('No such secret')).toBeVisible();
  await look(page, info, 'secrets-none');
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(masterKey).toBeVisible();
  await page.getByRole('link', { name: 'Renew everything' }).click();
  await expect(page.getByRole('list', { name: 'The plan' }).getByRole('listitem').first()).toContainText('Master key');
  await look(page, info, 'renew-everything');
});

test('everything is renewed by one plan, and people are waited for', async ({ page }, info) => {
  test.skip(!info.project.name.startsWith('light'), 'walked in one light');
  const words = 'seven herons over the weir';
  const service = await OwnService.make();
  try {
    service.makeUser('alice', words);
    service.makeUser('bert', 'a second sentence of words');
    await signIn(page, service.url, 'alice', words);
    await page.goto(new URL('/renewals', service.url).href);
    await page.getByRole('button', { name: 'Renew everything now' }).click();
    const question = page.getByRole('dialog', { name: 'Renew everything?' });
    await expect(question).toContainText('signed out at the end');
    await look(page, info, 'renew-question');
    await question.getByRole('button', { name: 'Renew everything' }).click();
    // It ends alice's session as well: she signs in again, and sees what waits for her.
    await expect(
      page.getByRole('dialog').getByLabel('Password', { exact: true }).or(page.getByText('for a person').first()),
    ).toBeVisible({
      timeout: 30_000,
    });
    await signIn(page, new URL('/renewals', service.url).href, 'alice', words).catch(() => undefined);
    // The password from before opens nothing but the choice of another.
    await expect(page.getByRole('heading', { level: 1, name: 'Choose a new password' })).toBeVisible();
    await look(page, info, 'must-choose-password');
    const choose = async (chosen: string) => {
      await page.getByLabel('Current password').fill(words);
      await page.getByLabel('New password', { exact: true }).fill(chosen);
      await page.getByLabel('Repeat new password').fill(chosen);
      await page.getByRole('button', { name: 'Change password' }).click();
    };
    await choose(words);
    await expect(page.getByText('it is the one in force', { exact: false })).toBeVisible();
    await choose('nine otters under the bridge');
    await page.getByRole('link', { name: /^Plan / }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Renewal plan' })).toBeVisible();
    const items = page.getByRole('list', { name: 'The plan' }).getByRole('listitem');
    await expect(items.filter({ hasText: 'Master key' }).first()).toContainText('Renewed');
    await expect(items.filter({ hasText: 'Mailward as bert' })).toContainText('Waits for a person');
    await look(page, info, 'renewal-waits');
    await page.getByRole('button', { name: 'End the plan' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    await expect(page.getByText('Ended', { exact: true })).toBeVisible();
    await look(page, info, 'renewal-ended');
  } finally {
    await service.end();
  }
});
