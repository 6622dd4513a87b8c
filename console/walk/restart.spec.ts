// The service goes away and comes back: what was typed stays, and the page shows the truth.
import { expect } from '@playwright/test';

import { OwnService } from './own_service';
import { fault, passwordNow, signIn } from './support';
import { test, walkedOnce } from './traces';

walkedOnce();

const userPassword = 'seven herons over the weir';

test('a restart in the middle of a live test and an open form', async ({ page }) => {
  const service = await OwnService.make();
  try {
    service.makeUser('alice', userPassword);
    service.makeSample(passwordNow());
    await signIn(page, service.url, 'alice', userPassword);
    await page.goto(service.url + '/connections');
    await page.getByRole('link', { name: 'Sample Exchange', exact: true }).click();
    await page.getByLabel('User agent').fill('typed and kept');
    await fault('latency', { milliseconds: 4000 });
    await page.getByRole('button', { name: 'Test Connection' }).click();
    const panel = page.getByRole('region', { name: 'Connection test' });
    await expect(panel.getByRole('heading', { name: 'Testing…' })).toBeVisible();
    await expect(panel.getByText('Name resolution').first()).toBeVisible();
    await service.kill();
    await expect(page.getByText('Mailward does not answer at the moment.')).toBeVisible();
    await expect(page.getByLabel('User agent')).toHaveValue('typed and kept');
    await service.start();
    await expect(page.getByText('Mailward does not answer at the moment.')).toBeHidden({ timeout: 20_000 });
    await expect(panel.getByRole('status')).toContainText('Interrupted');
    await expect(panel.getByText('Name resolution').first()).toBeVisible();
    await expect(page.getByLabel('User agent')).toHaveValue('typed and kept');
    await expect(page.getByRole('button', { name: 'Save Changes' })).toBeEnabled();
  } finally {
    await fault();
    await service.end();
  }
});
