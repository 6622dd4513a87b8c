// What the form of a connection asks, refuses and marks.
import { expect } from '@playwright/test';

import { directoryAuthority, fault, hasActiveDirectory, proveSample, samplePassword, signIn } from './support';
import { test, walkedOnce } from './traces';

walkedOnce();

test.beforeEach(async ({ page }) => {
  await signIn(page);
  await proveSample(page);
});
test.afterEach(() => fault());

test('a password that looks mistyped is asked about, and stays in the page alone', async ({ page, traces }) => {
  const odd = 'Canary-7h3k2jd8 ';
  const field = page.getByLabel('Master Mailbox Password', { exact: true });
  await field.fill(odd);
  await expect(page.getByText('This password will go to')).toBeVisible();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  const question = page.getByRole('dialog', { name: 'Is the password meant like this?' });
  await expect(question).toContainText('ends with a space');
  await page.keyboard.press('Escape');
  await expect(question).toBeHidden();
  await expect(field).toHaveValue(odd);

  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href]),
  );
  for (const secret of [odd.trim(), btoa(odd), encodeURIComponent(odd)]) {
    expect(kept).not.toContain(secret);
    expect(traces.addresses.join('\n')).not.toContain(secret);
    expect(traces.console.join('\n')).not.toContain(secret);
  }
});

test('saving after a failed test asks once, and says what would break', async ({ page }) => {
  await page.getByLabel('Sync & Recover').check();
  await fault('certificate_expired');
  await page.getByRole('button', { name: 'Test Connection' }).click();
  const panel = page.getByRole('region', { name: 'Connection test' });
  await expect(panel.getByRole('status')).toContainText('has expired');
  await expect(panel.getByRole('button', { name: 'Copy the command' }).first()).toBeVisible();

  const save = page.getByRole('button', { name: 'Save Changes' });
  await save.click();
  const question = page.getByRole('dialog', { name: 'Save although the test failed?' });
  await expect(question).toContainText('Sync & Recover');
  await question.getByRole('button', { name: 'Keep editing' }).click();
  await save.click();
  await question.getByRole('button', { name: 'Save all the same' }).click();
  await expect(page.getByText('is saved').last()).toBeVisible();
  const trail = await page.request.get('/api/v1/audit?limit=1000');
  expect(await trail.text()).toContain('connection.save_despite_test');

  await fault();
  await page.getByLabel('Sync & Recover').uncheck();
  await save.click();
  await expect(save).toBeDisabled();
  await page.getByRole('button', { name: 'Test Connection' }).click();
  await expect(panel.getByRole('status')).toContainText('The connection is healthy.');
});

test('a new password goes to the products untested only when that was meant', async ({ page }) => {
  await page.getByLabel('Sync & Recover').check();
  const field = page.getByLabel('Master Mailbox Password', { exact: true });
  await field.fill('Untested-Passw0rd!');
  await field.press('Enter');
  const question = page.getByRole('dialog', { name: 'Save without a test?' });
  await expect(question).toContainText('Sync & Recover');
  await question.getByRole('button', { name: 'Keep editing' }).click();
  await expect(field).toHaveValue('Untested-Passw0rd!');
  await expect(page.getByRole('button', { name: 'Save Changes' })).toBeEnabled();
});

test('a page that is loaded anew in mid-test goes on with it', async ({ page }) => {
  const panel = page.getByRole('region', { name: 'Connection test' });
  await fault('latency', { milliseconds: 4000 });
  await page.getByRole('button', { name: 'Test Connection' }).click();
  await expect(panel.getByRole('heading', { name: 'Testing…' })).toBeVisible();
  await page.reload();
  await expect(panel.getByRole('heading', { name: 'Testing…' })).toBeVisible();
  await fault();
  await expect(panel.getByRole('heading', { name: 'Test', exact: true })).toBeVisible({ timeout: 30_000 });
  await page.getByLabel('User agent').fill('typed');
  await expect(panel.getByRole('heading', { name: 'Test from before the changes' })).toBeVisible();
});

test('a changed destination wants the password again, and the form says so before', async ({ page }) => {
  await page.getByLabel('NTLM').uncheck();
  await expect(page.getByText('The stored password must be typed again')).toBeVisible();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  const field = page.getByLabel('Master Mailbox Password', { exact: true });
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(field).toBeFocused();
});

test('fields that do not hold are marked, each with its reason, and keep what was typed', async ({ page }) => {
  await page.getByLabel('EWS URL').fill('http://mail.example.test/EWS/Exchange.asmx');
  await page.getByLabel('Mailbox Check').fill('nobody');
  await page.getByLabel('Concurrency').fill('5000');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  for (const label of ['EWS URL', 'Mailbox Check', 'Concurrency']) {
    await expect(page.getByLabel(label)).toHaveAttribute('aria-invalid', 'true');
  }
  await expect(page.getByLabel('EWS URL')).toBeFocused();
  await expect(page.getByLabel('EWS URL')).toHaveValue('http://mail.example.test/EWS/Exchange.asmx');
  await page.getByLabel('Concurrency').fill('20');
  await expect(page.getByLabel('Concurrency')).not.toHaveAttribute('aria-invalid', 'true');
});

test('Autodiscover shows what each candidate answered, and a proxy asks what it needs', async ({ page }) => {
  const find = page.getByRole('button', { name: 'Find it by Autodiscover' });
  await expect(find).toBeDisabled();
  await page.getByLabel('Autodiscover address').fill('usera@example.test');
  await find.click();
  const candidates = page.getByRole('list', { name: 'What each candidate answered' });
  await expect(candidates.getByRole('listitem').first()).toContainText('/autodiscover/autodiscover.xml', {
    timeout: 45_000,
  });
  await page.getByLabel('Proxy', { exact: true }).fill('https://proxy.example.test:8443');
  // Where it would go is known while the form holds: the sign-in that is chosen next lacks its user.
  await expect(page.getByText('The stored password must be typed again')).toBeVisible();
  await page.getByLabel('Sign-in at the proxy').selectOption('basic');
  await expect(page.getByLabel('Proxy password')).toBeVisible();
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByLabel('Proxy user')).toHaveAttribute('aria-invalid', 'true');
});

test('Autodiscover fills the EWS URL in, once a person has said whose host may see the password', async ({ page }) => {
  test.skip(!hasActiveDirectory(), 'the demo has no Active Directory, whose service point tells where to ask');
  await page.goto('/connections/new');
  await page.getByLabel('Description').fill('Found');
  await page.getByLabel('Autodiscover address').fill('usera@example.test');
  // An account that is known, and with it the directory that it lives in.
  await page.getByLabel(/^Master Mailbox( \*)?$/).fill('svc-rotate@example.test');
  await page.getByLabel('The organisation’s own authority').first().check();
  await page.getByLabel('Certificates of the issuing authorities (PEM)').fill(directoryAuthority());
  const find = page.getByRole('button', { name: 'Find it by Autodiscover' });
  await find.click();
  const confirm = page.getByLabel('mail-ad.example.test', { exact: true });
  await expect(confirm).toBeVisible({ timeout: 45_000 });
  const candidates = page.getByRole('list', { name: 'What each candidate answered' });
  await expect(candidates.getByRole('listitem').first()).toContainText('The directory’s service point');
  await expect(page.getByLabel('EWS URL')).toHaveValue('');

  await page.getByLabel('Master Mailbox Password', { exact: true }).fill(samplePassword);
  await confirm.check();
  await find.click();
  await expect(page.getByText('Found: the EWS URL is filled in')).toBeVisible({ timeout: 45_000 });
  await expect(candidates.getByRole('listitem')).toHaveAttribute('data-verdict', 'settings');
  await expect(page.getByLabel('EWS URL')).toHaveValue('https://mail-ad.example.test/EWS/Exchange.asmx');
});

test('leaving with unsaved changes asks first', async ({ page }) => {
  await page.getByLabel('User agent').fill('not saved');
  await page.getByRole('link', { name: 'Audit' }).click();
  const question = page.getByRole('dialog', { name: 'Leave without saving?' });
  await question.getByRole('button', { name: 'Stay' }).click();
  await expect(page.getByLabel('User agent')).toHaveValue('not saved');
  await page.getByRole('link', { name: 'Audit' }).click();
  await question.getByRole('button', { name: 'Leave' }).click();
  await expect(page.getByRole('heading', { name: 'Audit' })).toBeVisible();
});

test('by keyboard: a dialog opens, Esc closes it, and one is where one was', async ({ page }) => {
  const button = page.getByRole('button', { name: 'Preparation script' });
  await button.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Preparation script' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(button).toBeFocused();
});
