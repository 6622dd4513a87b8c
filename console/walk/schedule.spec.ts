// How accounts are renewed: the schedule over all of them, the ways and what they want, who still uses an old password.
import { expect, type Page } from '@playwright/test';

import { nameFor, openAccount, openAccountInDirectory } from './accounts';
import { OwnService } from './own_service';
import { hasActiveDirectory, look, mailward, passwordNow, signIn } from './support';
import { test } from './traces';

const kRotated = 'svc-rotate@example.test';
const kTwin = 'svc-rotate-b@example.test';

const form = (page: Page) => page.getByRole('form', { name: 'How it is renewed' });
const save = (page: Page) => form(page).getByRole('button', { name: 'Save how it is renewed' });

test('an account without a schedule leads to its own, and what its way wants is said', async ({ page }, info) => {
  await signIn(page);
  const account = await openAccountInDirectory(page, info, 'planned');
  await page.goto('/schedule');
  const row = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: account, exact: true }) });
  await expect(row).toContainText('No schedule');
  await expect(row).toContainText('Set a schedule');
  await row.getByRole('link', { name: account, exact: true }).click();
  await expect(page).toHaveURL(/#renewal$/);

  // Each way says what it wants, and where that is.
  await form(page).getByRole('radio', { name: 'Delegated reset' }).check();
  await expect(form(page).getByText('Nobody is named who sets its password.')).toBeVisible();
  await expect(save(page)).toBeDisabled();
  await form(page).getByRole('radio', { name: 'Self change' }).check();
  await expect(form(page).getByText('has no reader', { exact: false })).toBeVisible();
  await form(page).getByRole('radio', { name: 'Twin' }).check();
  await expect(form(page).getByRole('link', { name: 'Name its twin' })).toHaveAttribute('href', '#twin');
  await form(page).getByRole('radio', { name: 'Another vault' }).check();
  await form(page).getByRole('link', { name: 'Name another vault' }).click();

  // Where its passwords are had from: the token is shown to nobody.
  const secret = 'Canary-token-77';
  await page.getByRole('button', { name: 'Name a vault' }).click();
  const vault = page.getByRole('form', { name: 'Another vault' });
  const address = vault.getByLabel('Address of the vault');
  const token = vault.getByLabel('Token for it', { exact: true });
  await vault.getByRole('button', { name: 'Save vault' }).click();
  await expect(address).toHaveAttribute('aria-invalid', 'true');
  await address.fill('ftp://vault.example.test/');
  await vault.getByRole('button', { name: 'Save vault' }).click();
  await expect(address).toHaveAttribute('aria-invalid', 'true');
  await address.fill('https://vault.example.test/v1/mailward');
  await token.fill(secret);
  // There is none behind that address here.
  await vault.getByRole('checkbox', { name: 'Ask it before it is saved' }).uncheck();
  await vault.getByRole('button', { name: 'Save vault' }).click();
  const section = page.getByRole('region', { name: 'Another vault' });
  await expect(section.getByText('with the token that is stored')).toBeVisible();
  await expect(token).toHaveValue('');
  await expect(section.getByText(`mailward account source ${account} --command`)).toBeVisible();
  await address.fill('https://elsewhere.example.test/');
  await vault.getByRole('button', { name: 'Save vault' }).click();
  await expect(token).toHaveAttribute('aria-invalid', 'true');
  await address.fill('https://vault.example.test/v1/mailward');

  // The window goes over midnight, and says so.
  await expect(form(page).getByRole('link', { name: 'Name another vault' })).toHaveCount(0);
  await form(page).getByLabel('Every how many days').fill('30');
  for (const day of ['Saturday', 'Sunday']) await form(page).getByRole('checkbox', { name: day }).uncheck();
  await form(page).getByLabel('Window opens at').fill('22:00');
  await form(page).getByLabel('Window closes at').fill('22:00');
  await save(page).click();
  await expect(form(page).getByText('opens and closes at the same time', { exact: false })).toBeVisible();
  await form(page).getByLabel('Window closes at').fill('04:00');
  await expect(form(page).getByText('Monday to Friday, 22:00 to 04:00 the next day')).toBeVisible();
  await look(page, info, 'renewal');
  await save(page).click();
  await expect(page.getByText('How this password is renewed is saved.')).toBeVisible();
  await expect(save(page)).toBeDisabled();
  const told = JSON.parse(mailward('account', 'schedule', account, '--json')) as Record<string, unknown>;
  expect(told).toMatchObject({ mode: 'external', every_days: 30, window: 'mon-fri 22:00-04:00' });

  await page.goto('/schedule');
  await expect(row).toContainText('Every 30 days, once a password of it has signed in.');
});

test('somebody else was faster: what stands now is shown, and what was chosen stays', async ({ page }, info) => {
  await signIn(page);
  const account = await openAccountInDirectory(page, info, 'faster');
  await form(page).getByLabel('Every how many days').fill('45');
  mailward('account', 'schedule', account, '--every', '7', '--mode', 'manual');
  await save(page).click();
  await expect(form(page).getByText('Somebody else has changed how it is renewed in the meantime')).toBeVisible();
  await expect(form(page).getByText('by hand, every 7 days', { exact: false })).toBeVisible();
  await expect(form(page).getByLabel('Every how many days')).toHaveValue('45');
  await look(page, info, 'renewal-newer');
  await form(page).getByRole('button', { name: 'Take what is stored now' }).click();
  await expect(form(page).getByLabel('Every how many days')).toHaveValue('7');
});

test('a twin is named for every connection of the account, and removed', async ({ page, traces }, info) => {
  const secret = 'Canary-tw1n-9kq3';
  await signIn(page);
  const account = await openAccountInDirectory(page, info, 'first-twin');
  const section = page.getByRole('region', { name: 'Twin', exact: true });
  await expect(section.getByText('A connection comes first')).toBeVisible();
  const connection = nameFor(info, 'Of the twins');
  const url = ['--ews-url', 'https://mail.example.test/EWS/Exchange.asmx'];
  mailward('connection', 'add', '--description', connection, ...url, '--master-mailbox', account, '--no-password');
  try {
    await page.reload();
    await section.getByRole('button', { name: 'Name a twin' }).click();
    const twin = page.getByRole('form', { name: 'Twin' });
    const name = twin.getByLabel('Name of the twin');
    const password = twin.getByLabel('Password of the twin', { exact: true });
    const button = twin.getByRole('button', { name: 'Save twin' });
    await expect(twin.getByText('its password will go to', { exact: false })).toContainText(connection);
    await expect(twin.getByText('mail.example.test', { exact: false }).first()).toBeVisible();
    await button.click();
    await expect(name).toHaveAttribute('aria-invalid', 'true');
    const other = nameFor(info, 'second-twin') + '@example.test';
    await name.fill(other);
    await button.click();
    await expect(password).toHaveAttribute('aria-invalid', 'true');
    await password.fill(secret);
    await look(page, info, 'twin');
    await button.click();
    // No password of the account was accepted there yet: anybody may have written that address.
    const question = page.getByRole('dialog', { name: 'Where this password will go' });
    await expect(question).toContainText(connection);
    await look(page, info, 'twin-question');
    await question.getByRole('button', { name: 'Send it there' }).click();
    await expect(section.getByRole('link', { name: other })).toBeVisible();
    await expect(password).toHaveValue('');
    await expect(section.getByText('is its twin, and rests.')).toBeVisible();
    for (const told of [traces.addresses, traces.console]) expect(told.join('\n')).not.toContain(secret);

    await section.getByRole('link', { name: other }).click();
    await expect(page.getByRole('heading', { level: 1, name: other })).toBeVisible();
    await expect(section.getByText('this one rests', { exact: false })).toBeVisible();
    await page.goBack();
    await twin.getByRole('button', { name: 'Remove twin' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove twin' }).click();
    await expect(twin.getByRole('button', { name: 'Remove twin' })).toHaveCount(0);
  } finally {
    mailward('connection', 'disable', connection);
    mailward('connection', 'delete', connection, '--yes');
  }
});

test('the schedule of a person’s work, and of none at all', async ({ page }, info) => {
  test.skip(info.project.name !== 'light desktop', 'walked on one screen');
  const service = await OwnService.make();
  try {
    service.makeUser('alice', 'seven herons over the weir');
    await signIn(page, service.url, 'alice', 'seven herons over the weir');
    await page.goto(service.url + '/schedule');
    await expect(page.getByText('There is no service account yet', { exact: false })).toBeVisible();
    await look(page, info, 'schedule-none');
    service.makeSample(passwordNow());
    // Its own first heartbeat may be under way.
    await expect(() => service.mailward(['connection', 'test', 'Sample Exchange'])).toPass({ timeout: 30_000 });
    service.mailward(['account', 'schedule', 'svc-mailward@example.test', '--mode', 'manual', '--every', '30']);
    await page.reload();
    await expect(page.getByText('A person must').first()).toBeVisible();
    await expect(page.getByText('1 account waits for a person.', { exact: false })).toBeVisible();
    await look(page, info, 'schedule-by-person');
  } finally {
    await service.end();
  }
});

test.describe('in Active Directory', () => {
  test.skip(() => !hasActiveDirectory(), 'the demo has no Active Directory, in which a password could be set');
  test.setTimeout(300_000);

  test('planned, held up, and listed', async ({ page }, info) => {
    await signIn(page);
    mailward('account', 'schedule', kRotated, '--every', '20', '--window', 'mon-fri 22:00-04:00');
    try {
      await page.goto('/schedule');
      const rows = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: kRotated, exact: true }) });
      await expect(rows.first()).toContainText('window: Monday to Friday, 22:00 to 04:00 the next day');
      await expect(rows.first()).toContainText('at the latest');
      await look(page, info, 'schedule-planned');
      await rows.first().getByRole('link', { name: kRotated }).click();
      await expect(page.getByRole('region', { name: 'How it is renewed' })).toContainText('Next renewal');
      await look(page, info, 'renewal-planned');

      mailward('account', 'disable', kRotated);
      await page.goto('/schedule');
      await expect(page.getByText('Every 20 days, but it is disabled.')).toBeVisible();
    } finally {
      mailward('account', 'enable', kRotated);
      mailward('account', 'schedule', kRotated, '--every', '0', '--window', 'daily 00:00-24:00');
    }
  });

  test('twins take turns; without the other one, the schedule says what it wants', async ({ page }, info) => {
    test.skip(info.project.name !== 'light desktop', 'walked on one screen');
    await signIn(page);
    await openAccount(page, kRotated);
    try {
      const section = page.getByRole('region', { name: 'Twin', exact: true });
      await section.getByRole('button', { name: 'Name a twin' }).click();
      await section.getByLabel('Name of the twin').fill(kTwin);
      await section.getByLabel('Password of the twin', { exact: true }).fill('Sample-Passw0rd!');
      await section.getByRole('button', { name: 'Save twin' }).click();
      await expect(section.getByText('is its twin, and rests.')).toBeVisible();
      await page.getByRole('button', { name: 'Rotate now' }).click();
      const question = page.getByRole('dialog', { name: 'Rotate this password now?' });
      await question.getByLabel('Way').selectOption('twin');
      await expect(question).toContainText('the one that rests gets a new password');
      await question.getByRole('button', { name: 'Rotate now' }).click();
      await expect(page.getByText('The password is renewed').first()).toBeVisible({ timeout: 180_000 });
      await expect(
        page.getByText(`${kTwin} took over from ${kRotated}, which rests now`, { exact: false }),
      ).toBeVisible();
      await expect(page.getByText('Go over to the renewed account')).toBeVisible();
      await look(page, info, 'rotation-of-twins');

      // And back again.
      mailward('account', 'rotate', kTwin, '--mode', 'twin');
      mailward('account', 'schedule', kRotated, '--mode', 'twin', '--every', '20');
      await openAccount(page, kRotated);
      await section.getByRole('button', { name: 'Remove twin' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove twin' }).click();
      await expect(section.getByRole('button', { name: 'Name a twin' })).toBeVisible();
      await page.goto('/schedule');
      await expect(page.getByText('Cannot begin').first()).toBeVisible();
      await expect(page.getByText('No twin of', { exact: false }).first()).toBeVisible();
      await look(page, info, 'schedule-held-up');
    } finally {
      mailward('account', 'schedule', kRotated, '--mode', 'delegated_reset', '--every', '0');
    }
  });

  test('rotated in another way for once; what the event logs know is handed in', async ({ page }, info) => {
    await signIn(page);
    await openAccount(page, kRotated);
    await page.getByRole('button', { name: 'Rotate now' }).click();
    const question = page.getByRole('dialog', { name: 'Rotate this password now?' });
    await expect(question.getByLabel('Way')).toHaveValue('delegated_reset');
    await question.getByLabel('Way').selectOption('self_change');
    await expect(question).toContainText('there is no way back');
    await look(page, info, 'rotate-way');
    await question.getByRole('button', { name: 'Rotate now' }).click();
    await expect(page).toHaveURL(/\/rotations\/[0-9a-z]{13}$/);
    await expect(page.getByText('The password is renewed').first()).toBeVisible({ timeout: 180_000 });
    await expect(page.getByText('the account changes its password itself', { exact: false })).toBeVisible();

    const old = page.getByRole('region', { name: 'The old password' });
    await expect(old.getByText('It is watched until', { exact: false })).toBeVisible();
    await expect(old.getByRole('button', { name: 'Copy the command for dc1.example.test' })).toBeVisible({
      timeout: 120_000,
    });
    await old.getByText('dc1.example.test', { exact: true }).click();
    await expect(old.getByText('Get-WinEvent', { exact: false })).toBeVisible();

    const handIn = (name: string, text: string) =>
      old.getByLabel('CSV file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
    const head = '"Time","Id","Controller","Account","From","Status"';
    await handIn('wrong.csv', `${head}\n"yesterday","4624","dc1","svc-rotate","10.0.0.9","0x0"\n`);
    await expect(
      old.getByText('1 of 1 events do not hold, and nothing was taken: line 2 Time is no time', { exact: false }),
    ).toBeVisible();
    await look(page, info, 'old-password-refused');
    await handIn('large.csv', 'x'.repeat(900_001));
    await expect(old.getByText('more than 900 kB', { exact: false })).toBeVisible();
    const soon = new Date(Date.now() + 60_000).toISOString();
    await handIn('right.csv', `\uFEFF${head}\n"${soon}","4624","dc1","svc-rotate","10.0.0.9","0x0"\n`);
    await expect(old.getByText('Somebody else', { exact: true })).toBeVisible();
    await expect(old.getByText('10.0.0.9 (somebody else): 1 let in', { exact: false })).toBeVisible();
    await look(page, info, 'old-password');
    mailward('connection', 'test', 'Sample in Active Directory');
  });
});
