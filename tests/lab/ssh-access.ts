import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from './command.ts';
import { allHosts, type HostLayout, keyFile, knownHostsFile, sshDir } from './layout.ts';

export const hostKeyTypes = ['ed25519', 'ecdsa', 'rsa'] as const;
export type HostKeyType = (typeof hostKeyTypes)[number];

/** Where a host's key waits to be put into the host; the public half has `.pub` added. */
export function hostKeyFile(host: HostLayout, type: HostKeyType): string {
  return join(sshDir, host.name, `ssh_host_${type}_key`);
}

/**
 * Makes the key that may log in, each host's own keys, and from these the known_hosts file: nothing is ever
 * learnt from the network.
 */
export async function makeSshKeys(): Promise<void> {
  await rm(sshDir, { recursive: true, force: true });
  await mkdir(sshDir, { recursive: true, mode: 0o700 });
  const jobs = [generate('ed25519', keyFile, 'viaduct-lab')];
  for (const host of allHosts) {
    await mkdir(join(sshDir, host.name), { mode: 0o700 });
    for (const type of hostKeyTypes) jobs.push(generate(type, hostKeyFile(host, type), `root@${host.name}`));
  }
  await Promise.all(jobs);
  await writeFile(knownHostsFile, await knownHostsLines());
}

async function generate(type: HostKeyType, file: string, comment: string): Promise<void> {
  await mustRun(['ssh-keygen', '-q', '-t', type, '-N', '', '-C', comment, '-f', file]);
}

async function knownHostsLines(): Promise<string> {
  const lines: string[] = [];
  for (const host of allHosts) {
    for (const type of hostKeyTypes) {
      const [algorithm, key] = (await readFile(`${hostKeyFile(host, type)}.pub`, 'utf8')).split(' ');
      lines.push(
        `${host.fqdn},${host.name},${host.address},${host.address6} ${algorithm ?? ''} ${key ?? ''}`,
      );
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}
