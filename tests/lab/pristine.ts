import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun } from './command.ts';
import type { HostLayout } from './layout.ts';

/** The configuration a test may change, and `reset` puts back. */
const paths = [
  'etc/default',
  'etc/hosts',
  'etc/krb5.conf',
  'etc/krb5kdc',
  'etc/libvirt',
  'etc/nftables.conf',
  'etc/pki',
  'etc/polkit-1/rules.d',
  'etc/sasl2',
  'etc/ssh',
  'etc/sudoers.d',
  'etc/systemd',
  'home',
  'root',
];

export async function savePristine(host: HostLayout): Promise<void> {
  await mustRun(['tar', '--create', '--numeric-owner', `--file=${host.pristine}`, '-C', host.root, ...paths]);
}

/** Puts the configuration back to what it was before the first boot: nothing missing, nothing left over. */
export async function restorePristine(host: HostLayout, only: readonly string[] = paths): Promise<void> {
  for (const path of only) await rm(join(host.root, path), { recursive: true, force: true });
  const extract = [
    'tar',
    '--extract',
    '--numeric-owner',
    '--preserve-permissions',
    `--file=${host.pristine}`,
  ];
  await mustRun([...extract, '-C', host.root, ...only]);
}
