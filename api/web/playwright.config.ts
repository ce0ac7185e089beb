import { defineConfig } from '@playwright/test';

// The tests run against the real program with a sample of its own: TUNGNHA_BIN names it.
export default defineConfig({
  testDir: 'e2e',
  timeout: 60_000,
  expect: { timeout: 15_000 },
  fullyParallel: false,
  workers: 1, // software rendering: two maps at once only take each other's time
  globalSetup: './e2e/server.ts',
  reporter: [['list']],
  outputDir: process.env.TUNGNHA_E2E_OUTPUT ?? 'node_modules/.e2e',
  use: {
    viewport: { width: 1280, height: 760 },
    locale: 'vi-VN',
    timezoneId: 'America/Los_Angeles', // days must not depend on where the reader sits
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      // Without a graphics card Chromium draws pages itself, and maps by SwiftShader if it may.
      args: [
        '--no-sandbox',
        '--enable-unsafe-swiftshader',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    },
  },
});
