import { expect, type Page, type TestInfo } from '@playwright/test';

import { mailward } from './support';

/** A name that no other walk of this demo has. */
export function nameFor(info: TestInfo, what: string) {
  return `${what}-${info.project.name.replace(' ', '-')}-${info.retry}`;
}

/** The page of an account. */
export async function openAccount(page: Page, account: string) {
  await page.goto('/accounts');
  await page.getByRole('link', { name: account, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: account })).toBeVisible();
}

/** An account that lives in a directory, without controllers that anybody could ask. */
export async function openAccountInDirectory(page: Page, info: TestInfo, what: string) {
  const [directory, account] = [nameFor(info, what), nameFor(info, what) + '@example.test'];
  mailward('directory', 'add', directory, '--controller', 'dc1.example.test', '--no-password');
  mailward('account', 'add', account, '--directory', directory);
  await openAccount(page, account);
  return account;
}
