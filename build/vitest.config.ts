import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;

export default defineConfig({
  root,
  test: {
    // One for each processor: vitest leaves one free for itself, which on two leaves half of the machine idle.
    maxWorkers: 2,
    projects: [
      {
        root,
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          // What a named condition may take on a busy machine, and a test with it.
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        root,
        test: {
          name: 'lab',
          include: ['tests/lab/**/*.test.ts'],
          globalSetup: ['tests/lab/vitest-setup.ts'],
          fileParallelism: false,
          testTimeout: 240_000,
          hookTimeout: 360_000,
        },
      },
    ],
  },
});
