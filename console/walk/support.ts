import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, type TestInfo } from '@playwright/test';

/** The sample account of the demo, and what it signs in with. */
export const samplePassword = 'Sample-Passw0rd!';

/** To the walk's own demo, or to another service by its address. */
export async function signIn(
  page: Page,
  at = '/',
  name = process.env.MAILWARD_USER!,
  password = process.env.MAILWARD_PASSWORD!,
) {
  await page.goto(at);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  // The door has a heading of its own: only where it is gone is one inside.
  await expect(page.getByRole('button', { name: 'Sign in' })).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

/** The form of the sample's connection. */
export async function openSample(page: Page, name = 'Sample Exchange') {
  await page.goto('/connections');
  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Edit Connection' })).toBeVisible();
  await expect(page.getByLabel('Description')).toBeVisible();
}

/** The sample's password has signed in where it is to go: from then on nothing is asked before it is sent there. */
export async function proveSample(page: Page) {
  await openSample(page);
  await page.getByRole('button', { name: 'Test Connection' }).click();
  const panel = page.getByRole('region', { name: 'Connection test' });
  await expect(panel.getByText('The connection is healthy.')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('A password is stored and in use.', { exact: false })).toBeVisible();
}

/** Tests or saves; a password whose way is asked about goes where the page says. */
export async function sendIt(page: Page, button: 'Test Connection' | 'Save Changes') {
  await page.getByRole('button', { name: button, exact: true }).click();
  const question = page.getByRole('dialog', { name: 'Where this password will go' });
  const verdict = page.getByRole('region', { name: 'Connection test' }).getByRole('status');
  const done = page.getByText('is saved');
  await expect(question.or(verdict).or(done).first()).toBeVisible();
  if (await question.isVisible()) await question.getByRole('button', { name: 'Send it there' }).click();
}

/** Nothing that axe finds, at any severity. No page of ours has frames: one run in the page itself tells all. */
export async function expectAccessible(page: Page) {
  const found = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(', ')}`)).toEqual([]);
}

/** Looked at by axe; and kept as a picture where pictures are being made. */
export async function look(page: Page, info: TestInfo, name: string) {
  await page.evaluate(() => document.fonts.ready);
  await expectAccessible(page);
  const folder = process.env.MAILWARD_SCREENSHOTS;
  if (!folder) return;
  // As tall as the page, so that what sticks to the window's edges stands where it belongs; a dialog has a window's size.
  const window = page.viewportSize()!;
  const isDialog = (await page.getByRole('dialog').count()) > 0;
  const height = isDialog ? 0 : await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ ...window, height: Math.max(window.height, height) });
  await page.screenshot({ path: `${folder}/${name}-${info.project.name.replace(' ', '-')}.png` });
  await page.setViewportSize(window);
}

/** The command line, on this walk's own service. */
export function mailward(...words: string[]) {
  return execFileSync(process.env.MAILWARD_PROGRAM!, words, { encoding: 'utf8', env: process.env });
}

interface ActiveDirectory {
  active_directory: boolean;
  control?: string;
}

/** What the demo says of the Active Directory behind it (tools/demo_directory.sh). */
function activeDirectory(): ActiveDirectory {
  const file = path.join(path.dirname(process.env.MAILWARD_SOCKET!), '../../active-directory.json');
  return JSON.parse(readFileSync(file, 'utf8')) as ActiveDirectory;
}

/** Whether the demo has one, in which a password can be set. */
export function hasActiveDirectory(): boolean {
  return activeDirectory().active_directory;
}

/** Who vouches for the Exchange in it, as PEM. */
export function directoryAuthority(): string {
  return readFileSync(path.join(path.dirname(process.env.MAILWARD_SOCKET!), '../../exchange-ad/ca.pem'), 'utf8');
}

async function faultAt(control: string, name?: string, parameters: object = {}) {
  const at = `${control}/control/faults${name ? '/' + name : ''}`;
  const answer = await fetch(at, name ? { method: 'PUT', body: JSON.stringify(parameters) } : { method: 'DELETE' });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Makes the sample Exchange misbehave; with nothing, well again. */
export function fault(name?: string, parameters: object = {}) {
  return faultAt(process.env.MAILWARD_CONTROL!, name, parameters);
}

/** The same of the one in the Active Directory. */
export function faultInDirectory(name?: string, parameters: object = {}) {
  return faultAt(activeDirectory().control!, name, parameters);
}

/** Where walks leave the password that they set, for those that come after them. */
function passwordNowFile() {
  return path.join(path.dirname(process.env.MAILWARD_SOCKET!), '../../walk-password-now');
}

/** Of the sample's master mailbox, at this moment. */
export function passwordNow() {
  return existsSync(passwordNowFile()) ? readFileSync(passwordNowFile(), 'utf8') : samplePassword;
}

/** As the administrator does in Active Directory. */
export async function resetPassword(password: string) {
  const account = encodeURIComponent('EXAMPLE\\svc-mailward');
  const answer = await fetch(`${process.env.MAILWARD_CONTROL}/control/accounts/${account}/password`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ password }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  writeFileSync(passwordNowFile(), password);
}
