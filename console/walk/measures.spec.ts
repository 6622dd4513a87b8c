// Recommended measures: what was seen, read anew, accepted for a time and not any more, kept as a file.
import { expect } from '@playwright/test';

import { look, mailward, openSample, proveSample, signIn } from './support';
import { test } from './traces';

test('a line is opened, accepted with a reason, and accepted no longer', async ({ page }, info) => {
  test.setTimeout(120_000);
  await signIn(page);
  await proveSample(page);
  await page.goto('/measures');
  await page.getByLabel('Of', { exact: true }).selectOption({ label: 'Sample Exchange' });
  await page.getByRole('button', { name: 'Read anew' }).click();
  await expect(page.getByText('were read')).toBeVisible({ timeout: 60_000 });

  const row = page.getByRole('listitem').filter({ hasText: 'EWS offers Basic' });
  await row.getByRole('button', { name: 'EWS offers Basic' }).click();
  await expect(row.getByText('Why it matters')).toBeVisible();
  await expect(row.getByText('Set-WebServicesVirtualDirectory -BasicAuthentication $false')).toBeVisible();
  await expect(row.getByRole('link', { name: /Microsoft Exchange Server Security Best Practices/ })).toBeVisible();
  await look(page, info, 'measure-open');

  await row.getByRole('button', { name: 'Accept for a time' }).click();
  const dialog = page.getByRole('dialog', { name: 'Accept this for a time' });
  await dialog.getByRole('button', { name: 'Accept', exact: true }).click();
  await expect(dialog.getByText('Say why, for whoever reads it.')).toBeVisible();
  await dialog.getByLabel('Reason').fill('The scanners of the third floor need it until June.');
  await look(page, info, 'measure-accept');
  await dialog.getByRole('button', { name: 'Accept', exact: true }).click();
  await expect(dialog).toHaveCount(0);

  await page.getByRole('button', { name: /^Accepted/ }).click();
  const accepted = page.getByRole('listitem').filter({ hasText: 'EWS offers Basic' });
  await accepted.getByRole('button', { name: 'EWS offers Basic' }).click();
  await expect(accepted.getByText('The scanners of the third floor need it until June.')).toBeVisible();
  await look(page, info, 'measure-accepted');
  expect(mailward('measures', 'list', '--connection', 'Sample Exchange', '--all')).toContain('third floor');
  await accepted.getByRole('button', { name: 'Accept no longer' }).click();
  await expect(page.getByRole('button', { name: /^Accepted/ })).toHaveCount(0);
});

test('the list is kept as a page and as data', async ({ page }) => {
  await signIn(page);
  await page.goto('/measures');
  for (const [button, ending] of [
    ['Page to print', '.html'],
    ['As data', '.json'],
  ] as const) {
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: button }).click();
    expect((await coming).suggestedFilename()).toMatch(new RegExp(`^mailward-measures-.*\\${ending}$`));
  }
});

test('a connection shows its own below its form', async ({ page }, info) => {
  await signIn(page);
  await openSample(page);
  const own = page.getByRole('region', { name: 'Recommended measures' });
  await expect(own.getByRole('heading', { level: 2, name: 'Recommended measures' })).toBeVisible();
  await expect(own.getByText('Cannot be told').or(own.getByText('Do now')).first()).toBeVisible();
  await look(page, info, 'connection-measures');
  await own.getByRole('link', { name: 'On a page of their own' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Recommended measures' })).toBeVisible();
});
