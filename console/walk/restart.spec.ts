// The service goes away and comes back: what was typed stays, and the page shows the truth.
import { expect, test } from '@playwright/test';

import { OwnService } from './own_service';
import { fault, samplePassword } from './support';

const userPassword = 'seven herons over the weir';

test('a restart in the middle of a live test and an open form', async ({ page }, info) => {
  test.skip(info.project.name !== 'light desktop', 'the width and the colours do not matter here');
  const service = await OwnService.make();
  try {
    service.makeUser('alice', userPassword);
    await page.goto(service.url);
    await page.getByLabel('Name').fill('alice');
    await page.getByLabel('Password', { exact: true }).fill(userPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.goto(service.url + '/connections/new');
    await page.getByLabel('Description').fill('Typed and kept');
    await page.getByLabel('EWS URL').fill('https://mail.example.test/EWS/Exchange.asmx');
    await page.getByLabel(/^Master Mailbox( \*)?$/).fill('svc-mailward@example.test');
    await page.getByLabel('Master Mailbox Password', { exact: true }).fill(samplePassword);
    await fault('latency', { milliseconds: 4000 });
    await page.getByRole('button', { name: 'Test Connection' }).click();
    const question = page.getByRole('dialog', { name: 'Where this password will go' });
    await question.getByRole('button', { name: 'Send it there' }).click();
    await expect(page.getByRole('heading', { name: /Testing|Test/ }).first()).toBeVisible();
    await service.kill();
    await expect(page.getByText(/does not answer/i).first()).toBeVisible();
    await expect(page.getByLabel('Description')).toHaveValue('Typed and kept');
    await service.start();
    await expect(page.getByText(/does not answer/i)).toHaveCount(0, { timeout: 20_000 });
    await expect(page.getByLabel('Description')).toHaveValue('Typed and kept');
    await expect(page.getByLabel('Master Mailbox Password', { exact: true })).toHaveValue(samplePassword);
  } finally {
    await fault();
    await service.end();
  }
});

test('a session that ends in mid-edit is begun again over the page', async ({ page }, info) => {
  test.skip(info.project.name !== 'light desktop', 'the width and the colours do not matter here');
  const service = await OwnService.make();
  try {
    service.makeUser('alice', userPassword);
    await page.goto(service.url);
    await page.getByLabel('Name').fill('alice');
    await page.getByLabel('Password', { exact: true }).fill(userPassword);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.goto(service.url + '/connections/new');
    await page.getByLabel('Description').fill('Kept over the sign-in');
    await page.getByLabel('EWS URL').fill('https://mail.example.test/EWS/Exchange.asmx');
    await page.getByLabel(/^Master Mailbox( \*)?$/).fill('svc-kept@example.test');
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Save Changes' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toBeVisible();
    await expect(page.getByLabel('Description')).toHaveValue('Kept over the sign-in');
    await dialog.getByLabel('Password', { exact: true }).fill(userPassword);
    await dialog.getByRole('button', { name: /sign in/i }).click();
    await expect(page.getByText('is saved')).toBeVisible();
  } finally {
    await service.end();
  }
});
