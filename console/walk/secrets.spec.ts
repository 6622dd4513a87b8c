// No password stays with the browser: its storage, cache, history and whatever else its profile holds are searched, in every way
// of writing; so are the page's addresses and what it said to the browser's console.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { chromium, expect } from '@playwright/test';

import { OwnService } from './own_service';
import { sendIt, signIn } from './support';
import { test, walkedOnce } from './traces';

walkedOnce();

const userPassword = 'Kestrels/over "the" \\fen+77';
const mailboxPassword = 'Never/Right "Passw0rd\\ 4711+x';

function forms(secret: string): Buffer[] {
  const base64 = [0, 1, 2].map((skip) => {
    const bytes = Buffer.from(secret).subarray(skip);
    return Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64'));
  });
  return [
    Buffer.from(secret),
    Buffer.from(secret, 'utf16le'),
    Buffer.from(encodeURIComponent(secret)),
    Buffer.from(JSON.stringify(secret).slice(1, -1)),
    ...base64,
  ];
}

function* files(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const status = statSync(file, { throwIfNoEntry: false });
    if (status?.isDirectory()) yield* files(file);
    else if (status?.isFile()) yield file;
  }
}

function findIn(folder: string, secret: string): string[] {
  const found: string[] = [];
  for (const file of files(folder)) {
    const bytes = readFileSync(file);
    if (forms(secret).some((form) => bytes.includes(form))) found.push(path.relative(folder, file));
  }
  return found;
}

test('the browser keeps no password', async ({}, info) => {
  const service = await OwnService.make();
  const profile = info.outputPath('profile');
  try {
    service.makeUser('alice', userPassword);
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.MAILWARD_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
      ignoreHTTPSErrors: true,
    });
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('request', (request) => said.push(request.url()));
    page.on('framenavigated', (frame) => said.push(frame.url()));
    await signIn(page, service.url, 'alice', userPassword);
    await page.goto(service.url + '/connections/new');
    await page.getByLabel('Description').fill('Secrets');
    await page.getByLabel('EWS URL').fill('https://mail.example.test/EWS/Exchange.asmx');
    await page.getByLabel(/^Master Mailbox( \*)?$/).fill('svc-secrets@example.test');
    await page.getByLabel('Master Mailbox Password', { exact: true }).fill(mailboxPassword);
    await sendIt(page, 'Save Changes');
    await expect(page.getByText('is saved')).toBeVisible();
    const stored = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    const storage = JSON.stringify(await context.storageState({ indexedDB: true }));
    const html = await page.content();
    await context.close();

    for (const secret of [userPassword, mailboxPassword]) {
      for (const form of forms(secret).map((one) => one.toString('latin1'))) {
        for (const text of [stored, storage, html, ...said]) expect(text).not.toContain(form);
      }
      expect(findIn(profile, secret)).toEqual([]);
    }
    // The search does find what the browser keeps.
    expect(findIn(profile, '/connections/new').length).toBeGreaterThan(0);
    expect(said.some((text) => text.includes('/api/v1/session'))).toBe(true);
  } finally {
    await service.end();
  }
});
