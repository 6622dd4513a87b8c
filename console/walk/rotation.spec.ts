// Renewing the password of a service account: what has to be there first, who sets it, how it goes, how it went.
import { expect, type Page } from '@playwright/test';

import { nameFor, openAccountInDirectory } from './accounts';
import { OwnService } from './own_service';
import {
  fault,
  faultInDirectory,
  hasActiveDirectory,
  look,
  mailward,
  openSample,
  proveSample,
  signIn,
} from './support';
import { test } from './traces';

const sample = 'svc-mailward@example.test';

test.afterEach(() => fault());

/** The command line, where what it does is meant to fail. */
function tried(...words: string[]) {
  try {
    mailward(...words);
  } catch {
    return;
  }
  throw new Error(`went well: ${words.join(' ')}`);
}

/** From the connection to its account. */
async function openSampleAccount(page: Page) {
  await openSample(page);
  await page.getByRole('link', { name: 'Rotate password' }).click();
  await expect(page.getByRole('heading', { level: 1, name: sample })).toBeVisible();
}

test.describe('without a directory', () => {
  test('what is missing is said before, and a check says the same', async ({ page }, info) => {
    await signIn(page);
    await proveSample(page);
    await openSampleAccount(page);
    const rotation = page.getByRole('region', { name: 'Rotation' });
    await expect(rotation.getByText('Mailward cannot rotate this password yet')).toBeVisible();
    await expect(rotation.getByRole('link', { name: 'Choose its directory' })).toBeVisible();
    await expect(rotation.getByRole('button', { name: 'Rotate now' })).toBeDisabled();
    await rotation.getByRole('button', { name: 'Check first' }).click();
    const check = page.getByRole('region', { name: 'Check before a rotation' });
    await expect(check).toContainText('A rotation would not go');
    await expect(check).toContainText('lives in no directory');
    await expect(check.getByRole('button', { name: 'Copy the command' }).first()).toBeVisible();
    await expect(page.getByRole('region', { name: 'Reset account' })).toContainText('Its directory comes first');
    await look(page, info, 'rotation-check');
  });

  test('one that cannot begin is refused, and leaves nothing in the history', async ({ page }, info) => {
    await signIn(page);
    const account = nameFor(info, 'no-directory') + '@example.test';
    mailward('account', 'add', account);
    tried('account', 'rotate', account);
    const { id } = JSON.parse(mailward('account', 'show', account, '--json')) as { id: string };
    await page.goto(`/rotations?account=${id}`);
    await expect(page.getByRole('heading', { level: 1, name: 'Rotations' })).toBeVisible();
    await expect(page.getByLabel('Service account')).toHaveValue(/^[0-9a-z]{13}$/);
    await expect(page.getByText('This account’s password was not rotated yet')).toBeVisible();
    await look(page, info, 'rotations');
  });
});

test('an account that was never rotated has an empty history', async ({ page }, info) => {
  await signIn(page);
  await openAccountInDirectory(page, info, 'never-rotated');
  await expect(page.getByText('Its password was not rotated yet.')).toBeVisible();
  await page.goto('/rotations?account=' + new URL(page.url()).pathname.split('/').at(-1));
  await expect(page.getByText('This account’s password was not rotated yet')).toBeVisible();
  await look(page, info, 'rotations-none');
  await page.goto('/rotations/0000000000000');
  await expect(page.getByText('It is not there')).toBeVisible();
});

test('a reset account is named, after it was seen where its password goes, and removed', async ({
  page,
  traces,
}, info) => {
  const secret = 'Canary-5tq8w1zx';
  await signIn(page);
  const account = await openAccountInDirectory(page, info, 'to-be-reset');
  const reset = nameFor(info, 'reset') + '@example.test';
  const form = page.getByRole('form', { name: 'Reset account' });
  const name = form.getByLabel('Name of the reset account');
  const password = form.getByLabel('Password of the reset account', { exact: true });
  const save = form.getByRole('button', { name: 'Save reset account' });

  await save.click();
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByText('dc1.example.test')).toHaveCount(0);

  // Its password is nobody's business but the controllers'.
  await name.fill(reset);
  await expect(form.getByText('Its password will go to these alone')).toBeVisible();
  await expect(form.getByText('dc1.example.test')).toBeVisible();
  await expect(page.getByText(`/G "${reset}:CA;Reset Password"`)).toBeVisible();
  await save.click();
  await expect(password).toHaveAttribute('aria-invalid', 'true');

  await name.fill(account);
  await password.fill(secret);
  await save.click();
  await expect(form.getByText('An account cannot be its own reset account', { exact: false })).toBeVisible();
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(password).toHaveValue(secret);
  await look(page, info, 'reset-account');

  await name.fill(reset);
  await password.fill(secret + ' ');
  await save.click();
  const question = page.getByRole('dialog', { name: 'Is the password meant like this?' });
  await expect(question).toContainText('ends with a space');
  await question.getByRole('button', { name: 'Let me look' }).click();
  await expect(password).toHaveValue(secret + ' ');
  await password.fill(secret);
  await save.click();
  await expect(page.getByText('sets this account’s password from now on')).toBeVisible();
  await expect(password).toHaveValue('');
  await expect(form.getByText('One is stored, and has not signed in yet.', { exact: false })).toBeVisible();
  for (const told of [traces.addresses, traces.console]) expect(told.join('\n')).not.toContain(secret);

  // It has never signed in: the password that is missing is the account's own.
  await page.getByRole('button', { name: 'Check first' }).click();
  await expect(page.getByText('has signed in yet', { exact: false }).last()).toBeVisible();

  await page.goto('/accounts');
  const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: reset, exact: true }) });
  await expect(row).toContainText('sets the password of');
  await page.goBack();
  await form.getByRole('button', { name: 'Remove' }).click();
  const removal = page.getByRole('dialog');
  await expect(removal).toContainText(`/R "${reset}"`);
  await look(page, info, 'reset-account-removal');
  await removal.getByRole('button', { name: 'Remove' }).click();
  await expect(form.getByRole('button', { name: 'Remove' })).toHaveCount(0);
  await expect(name).toHaveValue('');
});

test('a directory is changed, and taken away only after it was asked what that costs', async ({ page }, info) => {
  await signIn(page);
  await openAccountInDirectory(page, info, 'moved');
  const reset = nameFor(info, 'moved-reset') + '@example.test';
  const form = page.getByRole('form', { name: 'Reset account' });
  await form.getByLabel('Name of the reset account').fill(reset);
  await expect(form.getByText('Its password will go to these alone')).toBeVisible();
  await form.getByLabel('Password of the reset account', { exact: true }).fill('Reset-Passw0rd-1!');
  await form.getByRole('button', { name: 'Save reset account' }).click();
  await expect(page.getByText('sets this account’s password from now on')).toBeVisible();
  const choice = page.getByRole('region', { name: 'Directory' });
  await choice.getByLabel('Directory').selectOption('None');
  await choice.getByRole('button', { name: 'Save directory' }).click();
  const question = page.getByRole('dialog', { name: 'Take it out of its directory?' });
  await expect(question).toContainText(reset);
  await expect(question).toContainText('is forgotten as its reset account');
  await look(page, info, 'directory-taken-away');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await page.reload();
  await expect(form).toBeVisible();
  await choice.getByLabel('Directory').selectOption('None');
  await choice.getByRole('button', { name: 'Save directory' }).click();
  await question.getByRole('button', { name: 'Save directory' }).click();
  await expect(page.getByRole('region', { name: 'Reset account' })).toContainText('Its directory comes first');

  // How its reader signs in.
  await page.goto('/directories');
  await page.getByRole('link', { name: nameFor(info, 'moved'), exact: true }).click();
  const signsIn = page.getByLabel('The reader signs in');
  await expect(signsIn).toHaveValue('simple');
  await signsIn.selectOption('kerberos');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByText('realm', { exact: false }).last()).toBeVisible();
  await page.getByLabel('Kerberos realm').fill('EXAMPLE.TEST');
  await page.getByRole('button', { name: 'Save Changes' }).click();
  await expect(page.getByText('is saved.')).toBeVisible();
  await page.reload();
  await expect(signsIn).toHaveValue('kerberos');
});

test('the recovery key is asked for until it was taken', async ({ page }, info) => {
  test.skip(info.project.name !== 'light desktop', 'walked on one screen');
  const service = await OwnService.make();
  try {
    service.makeUser('alice', 'seven herons over the weir');
    await signIn(page, service.url, 'alice', 'seven herons over the weir');
    const notice = page.getByText('The recovery key’s private half has not been taken');
    await expect(notice).toBeVisible();
    await expect(page.getByText('mailward key recovery', { exact: true })).toBeVisible();
    service.mailward(['key', 'recovery']);
    await page.reload();
    await expect(page.getByText('Mailward 0', { exact: false })).toBeVisible();
    await expect(notice).toHaveCount(0);
  } finally {
    await service.end();
  }
});

/** The account whose password can be set, from its connection. */
async function openRotatedAccount(page: Page) {
  await openSample(page, 'Sample in Active Directory');
  await page.getByRole('link', { name: 'Rotate password' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'svc-rotate@example.test' })).toBeVisible();
}

test.describe('in Active Directory', () => {
  test.skip(() => !hasActiveDirectory(), 'the demo has no Active Directory, in which a password could be set');
  test.setTimeout(240_000);

  test('checked, begun, watched by two, proven', async ({ page, browser }, info) => {
    await signIn(page);
    await openRotatedAccount(page);
    await page.getByRole('button', { name: 'Check first' }).click();
    const check = page.getByRole('region', { name: 'Check before a rotation' });
    await expect(check).toContainText('A rotation would go well', { timeout: 30_000 });
    await look(page, info, 'rotation-check');

    await page.getByRole('button', { name: 'Rotate now' }).click();
    const question = page.getByRole('dialog', { name: 'Rotate this password now?' });
    await expect(question).toContainText('Mailward makes a new password');
    await look(page, info, 'rotate');
    await question.getByText('More', { exact: true }).click();
    await question.getByLabel('Characters of the new password').fill('40');
    await question.getByLabel('Letters, digits, - _ and . alone').check();
    await look(page, info, 'rotate-more');
    // Slow enough to be seen.
    await faultInDirectory('latency', { milliseconds: 1000 });
    await question.getByRole('button', { name: 'Rotate now' }).click();
    await expect(page).toHaveURL(/\/rotations\/[0-9a-z]{13}$/);
    await expect(page.getByText('Account in the directory')).toBeVisible();
    await expect(page.getByText('40 characters')).toBeVisible({ timeout: 30_000 });

    // Somebody else sees it on the account, and may watch it too.
    const other = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    await signIn(other);
    await openRotatedAccount(other);
    await other.getByRole('link', { name: 'Watch it' }).click();
    await expect(other).toHaveURL(page.url());
    await page.reload();
    await expect(page.getByText('What the calls met').first()).toBeVisible();
    await faultInDirectory();

    await expect(page.getByText('The password is renewed').first()).toBeVisible({ timeout: 180_000 });
    await expect(other.getByText('The password is renewed').first()).toBeVisible({ timeout: 10_000 });
    const met = page.getByRole('region', { name: 'What the calls met' });
    await expect(met.getByText('Calls failed').locator('..')).toContainText(/^Calls failed\s*0 of \d+$/);
    await expect(met.getByText('Sign-in door closed').locator('..')).toContainText(/\d+ m?s/);
    await expect(met.getByRole('row').filter({ hasText: 'Continuity probe' })).toBeVisible();
    await expect(page.getByText('Prove the new password')).toBeVisible();
    await look(page, info, 'rotation');

    await openRotatedAccount(page);
    await expect(page.getByRole('region', { name: 'Password', exact: true })).toContainText('Made by Mailward');
    await expect(page.getByRole('region', { name: 'Rotation' })).toContainText('Finished');
    await look(page, info, 'account-rotated');
    mailward('connection', 'test', 'Sample in Active Directory');
  });
});
