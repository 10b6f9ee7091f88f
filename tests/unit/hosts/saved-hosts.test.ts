import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SavedHosts } from '../../../electron/hosts/saved-hosts.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'viaduct-home-'));
});
afterEach(() => rm(home, { recursive: true }));

const alpha = { id: '1', connectUri: 'qemu+ssh://root@alpha/system' };
const beta = { id: '2', connectUri: 'qemu+ssh://root@beta/system' };

it('starts empty, and finds what was written', async () => {
  expect(await new SavedHosts(home).read()).toEqual([]);
  await new SavedHosts(home).write([alpha, beta]);
  expect(await new SavedHosts(home).read()).toEqual([alpha, beta]);
});

it('keeps the last of writes that overlap', async () => {
  const saved = new SavedHosts(home);
  await Promise.all([saved.write([alpha]), saved.write([alpha, beta]), saved.write([beta])]);
  expect(await saved.read()).toEqual([beta]);
});

it.each(['not json', '{"version":2,"hosts":[]}', '{"version":1,"hosts":[{"id":""}]}'])(
  'says that it cannot read %s, and leaves it as it is',
  async (text) => {
    const path = join(home, 'hosts.json');
    await writeFile(path, text);
    await expect(new SavedHosts(home).read()).rejects.toMatchObject({ code: 'hosts-file-unreadable' });
    expect(await readFile(path, 'utf8')).toBe(text);
  },
);
