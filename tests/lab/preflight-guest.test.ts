import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { guestImageDir, sharedImagesDir } from './layout.ts';
import { Lab } from './lab.ts';
import { makeImage } from './support/guest-disks.ts';
import { expectOnlyError, findingsAt, preflight } from './support/preflight-run.ts';
import { spareUuid, startSpare, type SpareGuest } from './support/spare-guest.ts';

/*
 * Guests with one thing about them, or about the destination, that keeps them from moving. Disks that are local, full
 * destinations and pools are in disks.test.ts.
 */

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  await lab.virsh('alpha', ['suspend', 'db01']);
});
let forOne = new AsyncDisposableStack();
afterEach(async () => {
  await forOne.disposeAsync();
  forOne = new AsyncDisposableStack();
});

const start = async (spare: SpareGuest, host: 'alpha' | 'beta' = 'alpha'): Promise<void> => {
  forOne.use(await startSpare(lab, host, spare));
};
/** A file of alpha alone, or of both hosts where it is in the shared folder. */
async function fileOnAlpha(path: string, ...make: string[]): Promise<void> {
  forOne.defer(async () => {
    await lab.mustRun('alpha', ['rm', '-f', path]);
  });
  await lab.mustRun('alpha', make);
}
const shared = `${sharedImagesDir}/spare.qcow2`;
const sharedDisk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='none'/>
  <source file='${shared}'/><target dev='vda' bus='virtio'/></disk>`;
async function withSharedDisk(): Promise<void> {
  await fileOnAlpha(shared, 'true');
  await makeImage(lab, 'alpha', { path: shared, sizeMiB: 16, stripes: [] });
  await start({ devices: sharedDisk });
}

test.each<[string, string, RegExp, () => Promise<unknown>]>([
  [
    'a name that is taken',
    'destination.name-taken',
    /beta\.lab already has a guest named spare/,
    async () => {
      await start({});
      await start({ uuid: 'a1f0c7de-000a-4b6e-9a53-76e0b1a2c30a', shutOff: true }, 'beta');
    },
  ],
  [
    'a UUID that is taken',
    'destination.name-taken',
    new RegExp(`beta\\.lab already has a guest with the UUID ${spareUuid}: other`),
    async () => {
      await start({});
      await start({ name: 'other', shutOff: true }, 'beta');
    },
  ],
  [
    'a guest that runs there already',
    'destination.name-taken',
    /spare is already active on beta\.lab/,
    async () => {
      await start({});
      await start({}, 'beta');
    },
  ],
  [
    'an emulator that the destination has not',
    'destination.machine',
    /beta\.lab does not offer machine type .* with \/usr\/local\/bin\/qemu-own/,
    async () => {
      const own = '/usr/local/bin/qemu-own';
      await fileOnAlpha(own, 'cp', '/usr/bin/qemu-system-x86_64', own);
      await start({ emulator: own });
    },
  ],
  [
    'a kernel that the destination has not',
    'destination.firmware',
    /beta\.lab has no \/usr\/local\/share\/own-vmlinuz, the kernel/,
    async () => {
      const own = '/usr/local/share/own-vmlinuz';
      await fileOnAlpha(own, 'cp', join(guestImageDir, 'vmlinuz'), own);
      await start({ kernel: own });
    },
  ],
  [
    'a network that the destination has not',
    'destination.networks',
    /beta\.lab has no libvirt network "own"/,
    async () => {
      forOne.defer(async () => {
        await lab.run('alpha', ['virsh', 'net-destroy', 'own']);
      });
      const file = '/run/lab-own-net.xml';
      const stdin = `<network><name>own</name><bridge name='virbr-own' stp='off'/></network>`;
      await lab.mustRun('alpha', ['tee', file], { stdin });
      await lab.virsh('alpha', ['net-create', file]);
      await start({
        devices: "<interface type='network'><source network='own'/><model type='virtio'/></interface>",
      });
    },
  ],
  [
    'a medium that the destination has not',
    'guest.disks',
    /beta\.lab has no \/srv\/own\.iso, which is in sda of the guest/,
    async () => {
      await fileOnAlpha('/srv/own.iso', 'truncate', '--size=1M', '/srv/own.iso');
      const source = "<source file='/srv/own.iso'/><target dev='sda' bus='sata'/><readonly/>";
      await start({
        devices: `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>${source}</disk>`,
      });
    },
  ],
  [
    'a folder of the host in the guest',
    'guest.blockers',
    /spare cannot be moved with the shared directory own \(9p\)/,
    () =>
      start({
        devices: `<filesystem type='mount' accessmode='mapped'><source dir='/srv'/><target dir='own'/></filesystem>`,
      }),
  ],
  [
    'memory that it shares with others',
    'guest.blockers',
    /spare cannot be moved with the shared memory own/,
    () =>
      start({
        devices: `<shmem name='own' role='peer'><model type='ivshmem-plain'/><size unit='M'>1</size></shmem>`,
      }),
  ],
  [
    'a snapshot',
    'guest.blockers',
    /spare has 1 snapshots/,
    async () => {
      await withSharedDisk();
      await lab.virsh('alpha', ['snapshot-create-as', 'spare', 'first']);
    },
  ],
  [
    'a backup that is under way',
    'guest.blockers',
    /held by a backup|block job works on vda/,
    async () => {
      await withSharedDisk();
      const file = '/run/lab-backup.xml';
      const stdin = `<domainbackup mode='pull'><server transport='unix' socket='/tmp/lab-backup.sock'/></domainbackup>`;
      await lab.mustRun('alpha', ['tee', file], { stdin });
      await lab.virsh('alpha', ['backup-begin', 'spare', file]);
      forOne.defer(async () => {
        await lab.run('alpha', ['virsh', 'domjobabort', 'spare']);
      });
    },
  ],
  ['a manager that owns it', 'guest.manager', /OpenStack manages spare/, () => start({ definition: nova })],
])('%s', async (_words, id, words, harm) => {
  await harm();
  await expectOnlyError(lab, { id, words });
});

const nova = `<metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>
  <nova:name>spare</nova:name></nova:instance></metadata>`;

test('a manager that owns it, with the admin’s consent', async () => {
  await start({ definition: nova });
  const run = await preflight(lab, 'spare', ['--ignore-manager']);
  expect(findingsAt(run, 'error'), run.stdout).toEqual([]);
  expect(findingsAt(run, 'warning').map(({ id }) => id)).toEqual(['guest.manager']);
  expect(run.code).toBe(0);
});
