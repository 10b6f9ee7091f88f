import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from './errors.ts';
import type { HostLayout } from './layout.ts';

/** Numbers of a user and group as a host knows them, read from the host's own files. */
export async function userId(host: HostLayout, user: string): Promise<{ uid: number; gid: number }> {
  const fields = await entry(host, 'etc/passwd', user);
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

export async function groupId(host: HostLayout, group: string): Promise<number> {
  return Number((await entry(host, 'etc/group', group))[2]);
}

async function entry(host: HostLayout, file: string, name: string): Promise<string[]> {
  const text = await readFile(join(host.root, file), 'utf8');
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name}:`));
  if (line === undefined)
    throw new LabError('lab-command-failed', `${host.fqdn} has no "${name}" in /${file}.`);
  return line.split(':');
}
