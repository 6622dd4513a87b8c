// A certificate that nobody vouches for: the issuer is trusted by its fingerprint, never by looking away.
import { expect } from '@playwright/test';

import { fault, proveSample, signIn } from './support';
import { test, walkedOnce } from './traces';

walkedOnce();
test.afterEach(() => fault());

test('trusting the issuer that was met puts its certificate into the form, and the password is asked for again', async ({
  page,
}) => {
  await signIn(page);
  await proveSample(page);
  await fault('certificate_untrusted');
  await page.getByRole('button', { name: 'Test Connection' }).click();
  const panel = page.getByRole('region', { name: 'Connection test' });
  await expect(panel.getByText('tls_untrusted')).toBeVisible();
  await panel.getByRole('button', { name: 'Trust this issuer' }).first().click();
  const fingerprint = panel.getByLabel('SHA-256 fingerprint').first();
  await expect(fingerprint).toHaveText(/^([0-9A-F]{4} ){15}[0-9A-F]{4}$/);
  await expect(panel.getByText('ignore', { exact: false })).toHaveCount(0);
  await panel.getByRole('button', { name: 'They are equal: trust this issuer' }).click();
  await expect(page.getByText('Other Root CA', { exact: true })).toBeVisible();
  await expect(page.getByText('The stored password must be typed again')).toBeVisible();
});
