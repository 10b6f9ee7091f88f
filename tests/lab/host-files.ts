import { chmod, chown, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { userId } from './accounts.ts';
import type { GuestImage } from './guest-image.ts';
import { guestImageDir, type HostLayout, keyFile, network } from './layout.ts';
import { hostsLines } from './name-resolution.ts';
import { hostKeyFile, hostKeyTypes } from './ssh-access.ts';

/** Puts into a host's file system, before it boots, what makes it that host and no other. */
export async function writeHostFiles(host: HostLayout, guestImage: GuestImage): Promise<void> {
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(host.root, path)), { recursive: true });
    await writeFile(join(host.root, path), text);
  };
  await write('etc/hostname', `${host.name}\n`);
  await write('etc/machine-id', `${host.machineId}\n`);
  await write('etc/hosts', `127.0.0.1 localhost\n${hostsLines()}`);
  await write('etc/systemd/network/10-host0.network', networkConfig(host));
  // Tests restart daemons more often than the five times in ten seconds that systemd lets pass.
  await write('etc/systemd/system.conf.d/lab.conf', '[Manager]\nDefaultStartLimitIntervalSec=0\n');

  for (const type of hostKeyTypes) {
    const target = join(host.root, `etc/ssh/ssh_host_${type}_key`);
    await copyFile(hostKeyFile(host, type), target);
    await copyFile(`${hostKeyFile(host, type)}.pub`, `${target}.pub`);
    await chmod(target, 0o600);
  }
  for (const user of ['root', 'operator']) await authorise(host, user);

  const images = join(host.root, guestImageDir);
  await mkdir(images, { recursive: true });
  await copyFile(guestImage.kernel, join(images, 'vmlinuz'));
  await copyFile(guestImage.initrd, join(images, 'initrd'));
}

/** Addresses that are there at once: nobody else can have them, and no router is waited for. */
function networkConfig(host: HostLayout): string {
  return `[Match]
Name=host0

[Network]
Address=${host.address}/${network.prefixLength}
IPv6AcceptRA=no

[Address]
Address=${host.address6}/${network.prefixLength6}
DuplicateAddressDetection=none
`;
}

async function authorise(host: HostLayout, user: string): Promise<void> {
  const { uid, gid } = await userId(host, user);
  const dir = join(host.root, user === 'root' ? 'root' : `home/${user}`, '.ssh');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'authorized_keys');
  await writeFile(file, await readFile(`${keyFile}.pub`), { mode: 0o600 });
  await chown(dir, uid, gid);
  await chown(file, uid, gid);
}
