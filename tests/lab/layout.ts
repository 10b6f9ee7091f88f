import { createHash } from 'node:crypto';
import { join } from 'node:path';

/**
 * Where everything of the lab is, and what it is called: pure names, nothing is touched here.
 *
 * The state folder (`VIADUCT_LAB_DIR`) lives as long as the lab is up; the cache (`VIADUCT_LAB_CACHE`)
 * outlives it.
 */
export const stateDir = process.env['VIADUCT_LAB_DIR'] ?? '/var/lib/viaduct-lab';
export const cacheDir = process.env['VIADUCT_LAB_CACHE'] ?? '/var/cache/viaduct-lab';

/** The state folder of a second lab beside this one; see isolated/second-lab.ts. */
export const secondStateDir = `${stateDir}-2`;

export const hostNames = ['alpha', 'beta'] as const;
export type HostName = (typeof hostNames)[number];

export const guestNames = ['web01', 'db01'] as const;
export type GuestName = (typeof guestNames)[number];

/** Addresses are of TEST-NET-2 (RFC 5737), which nothing real uses, and of a unique local prefix of our own (RFC 4193). */
export const network = {
  bridge: 'vialab0',
  address: '198.51.100.1',
  prefixLength: 24,
  address6: 'fd76:6c61:6230::1',
  prefixLength6: 64,
};

export interface HostLayout {
  name: HostName;
  fqdn: string;
  address: string;
  address6: string;
  /** The name nspawn gives its machine; the host's end of the network cable is called `vb-` and this. */
  machine: string;
  machineId: string;
  /** Everything of this host on the outer machine. */
  dir: string;
  /** The host's file system as the outer machine sees it while the host is up. */
  root: string;
  upper: string;
  work: string;
  /** What systemd printed while booting. */
  consoleLog: string;
  /** The configuration as it was before the first boot: what `reset` goes back to. */
  pristine: string;
}

function hostLayout(name: HostName, address: string, address6: string): HostLayout {
  const dir = join(stateDir, 'hosts', name);
  return {
    name,
    fqdn: `${name}.lab`,
    address,
    address6,
    machine: `lab-${name}`,
    machineId: createHash('sha256').update(`viaduct lab ${name}`).digest('hex').slice(0, 32),
    dir,
    root: join(dir, 'root'),
    upper: join(dir, 'upper'),
    work: join(dir, 'work'),
    consoleLog: join(dir, 'console.log'),
    pristine: join(dir, 'pristine.tar'),
  };
}

export const hosts: Record<HostName, HostLayout> = {
  alpha: hostLayout('alpha', '198.51.100.11', 'fd76:6c61:6230::11'),
  beta: hostLayout('beta', '198.51.100.12', 'fd76:6c61:6230::12'),
};

export const allHosts: readonly HostLayout[] = hostNames.map((name) => hosts[name]);

export const sshDir = join(stateDir, 'ssh');
export const keyFile = join(sshDir, 'id_ed25519');
export const knownHostsFile = join(sshDir, 'known_hosts');

/** The lab's authorities: `ca/lab` issued what the hosts run with, `ca/other` is one that they do not trust. */
export const caDir = join(stateDir, 'ca');
/** The workstation's client certificate, laid out flat for the URI parameter `pkipath`. */
export const workstationPkiDir = join(stateDir, 'pki');
/** What the workstation needs to log in by Kerberos, while a test runs it. */
export const kerberosDir = join(stateDir, 'kerberos');
/** One folder that both hosts see, as storage that they share. */
export const sharedDir = join(stateDir, 'shared');
export const captureDir = join(stateDir, 'captures');

/** On the hosts. */
export const guestImageDir = '/usr/local/share/lab-guest';
export const imagesDir = '/var/lib/libvirt/images';
/** Where the hosts see `sharedDir`. */
export const sharedImagesDir = '/srv/shared';
export const guestLogDir = '/var/log/libvirt/qemu';
/** The modular daemons, laid out as below `/`, until a test installs them. */
export const modularDir = '/usr/local/share/lab-modular';

export function sshUri(host: HostLayout, user = 'root'): string {
  return `qemu+ssh://${user}@${host.fqdn}/system?keyfile=${keyFile}&known_hosts=${knownHostsFile}`;
}

export function tlsUri(host: HostLayout): string {
  return `qemu+tls://${host.fqdn}/system?pkipath=${workstationPkiDir}`;
}
