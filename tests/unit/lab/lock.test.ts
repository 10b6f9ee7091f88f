import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { takeLock as TakeLock } from '../../lab/lock.ts';

const lockModule = join(import.meta.dirname, '../../lab/lock.ts');
let dir: string;
let takeLock: typeof TakeLock;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lab-lock-'));
  vi.stubEnv('VIADUCT_LAB_DIR', join(dir, 'state'));
  ({ takeLock } = await import('../../lab/lock.ts'));
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

/** Tries for the lock in a process of its own, which ends without giving it back. */
function tryElsewhere(env: NodeJS.ProcessEnv): string {
  const script = `import(${JSON.stringify(lockModule)}).then((m) => m.takeLock('the other run')).then(
    () => process.stdout.write('taken'), (error) => process.stdout.write(error.message))`;
  return spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }).stdout;
}

test('a run that holds the lab keeps others out, except the processes it started itself', async () => {
  const stranger = { ...process.env };
  const lock = await takeLock('this run');
  expect(tryElsewhere(stranger)).toBe(`The lab is in use: this run (process ${process.pid}).`);
  expect(tryElsewhere(process.env)).toBe('taken');
  await lock[Symbol.asyncDispose]();
  expect(tryElsewhere(stranger)).toBe('taken');
});

test('a run that died holds nothing', async () => {
  tryElsewhere(process.env);
  const lock = await takeLock('this run');
  await lock[Symbol.asyncDispose]();
});
