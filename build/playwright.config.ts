import { defineConfig } from '@playwright/test';
import { chromiumFlags } from '../tests/e2e/fixtures/browser.ts';
import type { ShellOptions } from '../tests/e2e/fixtures/test.ts';

const root = new URL('..', import.meta.url).pathname;

const results = `${root}test-results/${process.env['VIADUCT_E2E_STEP'] ?? 'e2e'}`;

/** The same specs over both shells: `desktop` in Electron or its stand-in, `browser` over `viaduct serve`. */
export default defineConfig<ShellOptions>({
  testDir: `${root}tests/e2e`,
  outputDir: results,
  globalSetup: `${root}tests/e2e/fixtures/global-setup.ts`,
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list'], ['json', { outputFile: `${results}.json` }]],
  use: {
    launchOptions: {
      executablePath: process.env['VIADUCT_CHROMIUM'] ?? '/usr/bin/chromium',
      args: chromiumFlags,
    },
  },
  projects: [
    { name: 'desktop', use: { shellKind: 'desktop' }, testIgnore: 'screens/**' },
    { name: 'browser', use: { shellKind: 'browser' }, testIgnore: 'screens/**' },
    { name: 'screens', testDir: `${root}tests/e2e/screens` },
  ],
});
