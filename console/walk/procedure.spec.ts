// The procedure that every administrator knows: the password was reset in Active Directory; type it in, test, save.
import { expect } from '@playwright/test';

import { fault, look, openSample, resetPassword, sendIt, signIn } from './support';
import { test } from './traces';

test.afterEach(() => fault());

test('sign-in, and a wrong password', async ({ page }, info) => {
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await look(page, info, 'sign-in');
  await page.getByLabel('Name').fill('admin');
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('The name or the password is not right.')).toBeVisible();
  await look(page, info, 'sign-in-refused');
});

test('a new password is typed, tested and saved', async ({ page }, info) => {
  await signIn(page);
  await openSample(page);
  const renewed = `Renewed-Passw0rd!-${info.project.name.replace(' ', '-')}-${info.retry}`;
  await resetPassword(renewed);
  const password = page.getByLabel('Master Mailbox Password', { exact: true });
  const panel = page.getByRole('region', { name: 'Connection test' });

  await password.fill('No-Such-Passw0rd!');
  await sendIt(page, 'Test Connection');
  await expect(panel.getByRole('status')).toContainText(/refused|password/i);
  await look(page, info, 'test-refused');

  await password.fill(renewed);
  await sendIt(page, 'Test Connection');
  await expect(panel.getByRole('status')).toContainText('The connection is healthy.');
  await sendIt(page, 'Save Changes');
  await expect(page.getByText('is saved')).toBeVisible();
  // What was tested is what is stored.
  await expect(panel.getByRole('heading', { name: 'Test', exact: true })).toBeVisible();
  await expect(password).toHaveValue('');
  await expect(page.getByText('Healthy').first()).toBeVisible();
  await look(page, info, 'edit-connection');
});
