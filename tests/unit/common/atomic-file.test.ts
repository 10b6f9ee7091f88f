import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeFileAtomically } from '../../../electron/common/atomic-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viaduct-file-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('replaces the content and has the mode asked for', async () => {
  const path = join(folder, 'settings');
  await writeFileAtomically(path, 'one');
  await writeFileAtomically(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['settings']);
});

it('leaves the old content and no litter when it cannot write', async () => {
  const path = join(folder, 'settings');
  await writeFileAtomically(path, 'one');
  await expect(writeFileAtomically(join(path, 'below-a-file'), 'two')).rejects.toThrow();
  await chmod(path, 0o600);
  expect(await readFile(path, 'utf8')).toBe('one');
  expect(await readdir(folder)).toEqual(['settings']);
});
