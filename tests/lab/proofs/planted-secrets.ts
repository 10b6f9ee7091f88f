import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from '../command.ts';
import type { HostLayout } from '../layout.ts';

/** Secrets by what they are, each with the text that gives it away. */
export type Secrets = Map<string, string>;

/** What no program makes by chance, and what needs no quoting anywhere. */
export function plantedSecret(): string {
  return `planted${randomBytes(18).toString('hex')}`;
}

/** A line from the middle of a key in PEM form. */
export function lineOfKey(pem: string): string {
  const lines = pem.split('\n').filter((line) => /^[A-Za-z0-9+/=]{48,}$/.test(line));
  const line = lines[Math.floor(lines.length / 2)];
  if (line === undefined) throw new Error('That is no key.');
  return line.slice(0, 48);
}

/** Adds the private keys that are on a host now. */
export async function addKeysOf(host: HostLayout, when: string, secrets: Secrets): Promise<void> {
  const folder = join(host.root, 'etc/pki');
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((one) => one.endsWith('key.pem'))) {
    const pem = await readFile(join(folder, name), 'utf8');
    secrets.set(`${host.name} ${name}, ${when}`, lineOfKey(pem));
  }
}

/** Adds the private key of an authority of ours, which is kept encrypted. */
export async function addAuthorityKey(
  file: string,
  passphraseFile: string,
  what: string,
  secrets: Secrets,
): Promise<void> {
  const open = ['openssl', 'pkey', '-in', file, '-passin', `file:${passphraseFile}`];
  secrets.set(what, lineOfKey(await mustRun(open)));
}

/** @returns what of the secrets stands in a text */
export function foundIn(text: string, secrets: Secrets): string[] {
  return [...secrets].filter(([, secret]) => text.includes(secret)).map(([what]) => what);
}
