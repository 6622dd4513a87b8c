// Opens the console in Chromium five times with an empty cache: bytes over the wire, and milliseconds until its first page can
// be used (the sign-in's first field takes focus).
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(path.resolve('console/package.json'));
const { chromium } = require('@playwright/test');
const [url] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.MAILWARD_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const times = [];
let bytes = 0;
for (let round = 0; round < 5; ++round) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  bytes = 0;
  session.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength));
  const begun = Date.now();
  await page.goto(url);
  await page.getByLabel(/name/i).first().focus();
  times.push(Date.now() - begun);
  await context.close();
}
await browser.close();
times.sort((a, b) => a - b);
console.log(`  usable after ${times[2]} ms (median of 5; ${times[0]} to ${times[4]}); ${(bytes / 1024).toFixed(0)} KB over the wire`);
