import { defineConfig } from '@playwright/test';

const url = process.env.MAILWARD_URL;
if (!url) throw new Error('MAILWARD_URL is not set: run ./dev walk');

export default defineConfig({
  testDir: '.',
  outputDir: process.env.MAILWARD_WALK_RESULTS ?? '../../build/walk/results',
  // One Mailward, and walks that change it: one after another.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    baseURL: url,
    ignoreHTTPSErrors: true,
    launchOptions: { executablePath: process.env.MAILWARD_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] },
  },
  projects: [
    { name: 'light desktop', use: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' } },
    { name: 'dark desktop', use: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' } },
    { name: 'light phone', use: { viewport: { width: 390, height: 844 }, colorScheme: 'light' } },
    { name: 'dark phone', use: { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } },
  ],
});
