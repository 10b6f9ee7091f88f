import { readFile, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, test } from 'vitest';
import { guestImageDir, imagesDir, sharedImagesDir } from './layout.ts';
import { Lab, type HostName } from './lab.ts';
import { makeImage, type Stripe } from './support/guest-disks.ts';
import { withOneCpu, withOtherNode } from './support/other-topology.ts';
import { expectOnlyError, expectOnlyWarning } from './support/preflight-run.ts';
import { spareUuid, startSpare, type SpareGuest } from './support/spare-guest.ts';

/*
 * Guests with one thing about them, or about the destination, that keeps them from moving, or that a person has to judge.
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

const start = async (spare: SpareGuest, host: HostName = 'alpha'): Promise<void> => {
  forOne.use(await startSpare(lab, host, spare));
};
/** A file of one host alone, or of both where it is in the shared folder. */
async function fileOn(host: HostName, path: string, ...make: string[]): Promise<void> {
  forOne.defer(async () => {
    await lab.mustRun(host, ['rm', '-f', path]);
  });
  await lab.mustRun(host, make);
}
const shared = `${sharedImagesDir}/spare.qcow2`;
const emulator = '/usr/local/bin/qemu-own';
const diskOf = (file: string, more = ''): string => `<disk type='file' device='disk'>
  <driver name='qemu' type='qcow2' cache='none'/><source file='${file}'/><target dev='vda' bus='virtio'/>${more}</disk>`;
async function withDisk(path: string, more = '', stripes: Stripe[] = []): Promise<void> {
  await fileOn('alpha', path, 'true');
  await makeImage(lab, 'alpha', { path, sizeMiB: 16, stripes });
  await start({ devices: diskOf(path, more) });
}
/** A directory that neither host has; of a guest of alpha. */
const own = '/srv/own';
async function withOwnDisk(): Promise<void> {
  forOne.defer(async () => {
    for (const host of ['alpha', 'beta'] as const) await lab.run(host, ['rm', '-rf', own]);
  });
  await withDisk(`${own}/own.qcow2`, '', [{ offsetMiB: 0, lengthMiB: 12, byte: 0x6f }]);
}
/** A program that alpha alone has. */
async function scriptOnAlpha(name: string, script: string): Promise<void> {
  const path = `/usr/bin/${name}`;
  await fileOn('alpha', path, 'true');
  await lab.mustRun('alpha', ['tee', path], { stdin: script });
  await lab.mustRun('alpha', ['chmod', '0755', path]);
}
/** So many pages of 2 MiB, which the kernel shares out to both hosts. */
async function hugePages(count: number): Promise<void> {
  const pages = '/proc/sys/vm/nr_hugepages';
  const [before, mountPoint] = [await readFile(pages, 'utf8'), '/dev/hugepages'];
  const restart = () => lab.mustRun('alpha', ['systemctl', 'restart', 'libvirtd.service']);
  forOne.defer(async () => {
    await lab.run('alpha', ['umount', mountPoint]);
    await writeFile(pages, before);
    await restart();
  });
  await writeFile(pages, String(Number(before) + count));
  await lab.mustRun('alpha', ['mkdir', '-p', mountPoint]);
  await lab.mustRun('alpha', ['mount', '-t', 'hugetlbfs', 'hugetlbfs', mountPoint]);
  await restart();
}

const tpm = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";
const cannotEmulate = /beta\.lab (?:cannot emulate the TPM of spare|offers no TPM at all)/;
/** Until the test is over, the daemon finds no program that emulates a TPM. */
async function withoutSwtpm(host: HostName): Promise<void> {
  const restart = () => lab.mustRun(host, ['systemctl', 'restart', 'libvirtd.service']);
  const moveAway = (from: string, to: string) =>
    lab.mustRun(host, ['mv', `/usr/bin/${from}`, `/usr/bin/${to}`]);
  forOne.defer(async () => {
    await moveAway('swtpm.away', 'swtpm');
    await restart();
  });
  await moveAway('swtpm', 'swtpm.away');
  await restart();
}
const copied = ['--disks', 'copy'];

test.each<[string, string, RegExp, () => Promise<unknown>, string[]?]>([
  [
    'a guest that is shut off',
    'guest.state',
    /only a running or paused guest can be moved with its memory/,
    () => start({ shutOff: true }),
  ],
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
      await fileOn('alpha', emulator, 'cp', '/usr/bin/qemu-system-x86_64', emulator);
      await start({ emulator });
    },
  ],
  [
    'a machine type that the emulator of the destination has not',
    'destination.machine',
    /beta\.lab does not offer machine type pc-q35-.* with \/usr\/local\/bin\/qemu-own/,
    async () => {
      await fileOn('alpha', emulator, 'cp', '/usr/bin/qemu-system-x86_64', emulator);
      await fileOn('beta', emulator, 'cp', '/usr/bin/qemu-system-x86_64-microvm', emulator);
      await start({ emulator });
    },
  ],
  [
    'a CPU that the destination cannot give it',
    'destination.cpu',
    /beta\.lab cannot give spare the CPU it has now\. Missing there: /,
    () => start({ cpu: withMissingFeature }),
  ],
  [
    'huge pages of which the destination has not enough',
    'destination.placement',
    /spare takes huge pages of the default size for its 64 MiB; beta\.lab has only \d+ of 2 MiB free/,
    async () => {
      await hugePages(40);
      await start({ definition: '<memoryBacking><hugepages/></memoryBacking>' });
    },
  ],
  [
    'a CPU of the host to which it is tied, and which the destination has not',
    'destination.placement',
    /vCPU 0 of spare is tied to host CPU 1; beta\.lab has no CPU 1/,
    async () => {
      await start({ definition: "<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>" });
      forOne.use(await withOneCpu(lab, 'beta'));
    },
  ],
  [
    'a NUMA node to which it is tied, and which the destination has not',
    'destination.placement',
    /spare takes its memory from NUMA node 0 of the host; beta\.lab has no node 0/,
    async () => {
      await start({ definition: "<numatune><memory mode='strict' nodeset='0'/></numatune>" });
      forOne.use(await withOtherNode(lab, 'beta'));
    },
  ],
  [
    'a TPM that the destination cannot emulate',
    'destination.tpm',
    cannotEmulate,
    async () => {
      await start({ devices: tpm });
      await withoutSwtpm('beta');
    },
  ],
  [
    'a kernel that the destination has not',
    'destination.firmware',
    /beta\.lab has no \/usr\/local\/share\/own-vmlinuz, the kernel/,
    async () => {
      const kernel = '/usr/local/share/own-vmlinuz';
      await fileOn('alpha', kernel, 'cp', join(guestImageDir, 'vmlinuz'), kernel);
      await start({ kernel });
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
      await fileOn('alpha', '/srv/own.iso', 'truncate', '--size=1M', '/srv/own.iso');
      const source = "<source file='/srv/own.iso'/><target dev='sda' bus='sata'/><readonly/>";
      await start({
        devices: `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/>${source}</disk>`,
      });
    },
  ],
  [
    'a disk of its host alone',
    'guest.disks',
    /Disk vda lies on alpha\.lab alone: beta\.lab has no \/srv\/own\/own\.qcow2/,
    withOwnDisk,
  ],
  [
    'a disk to copy to where there is no pool and no directory',
    'guest.disks',
    /beta\.lab has no directory \/srv\/own for disk vda/,
    withOwnDisk,
    copied,
  ],
  [
    'a disk to copy into a pool that stands still',
    'guest.disks',
    /The storage pool "images" of beta\.lab is not active/,
    async () => {
      forOne.defer(async () => {
        await lab.virsh('beta', ['pool-start', 'images']);
      });
      await lab.virsh('beta', ['pool-destroy', 'images']);
      await withDisk(`${imagesDir}/own.qcow2`);
    },
    copied,
  ],
  [
    'a disk to copy to where there is no space',
    'destination.disk-space',
    /There are only .* free in \/srv\/own of beta\.lab; disk vda takes 12/,
    async () => {
      await withOwnDisk();
      forOne.defer(async () => {
        await lab.mustRun('beta', ['umount', own]);
      });
      await lab.mustRun('beta', ['mkdir', own]);
      await lab.mustRun('beta', ['mount', '-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', own]);
    },
    copied,
  ],
  [
    'a disk that forgets all',
    'guest.blockers',
    /spare cannot be moved with the transient disk vda/,
    () => withDisk(shared, '<transient/>'),
  ],
  [
    'a network of a helper that cannot be moved',
    'guest.blockers',
    /spare has a user-mode network \(slirp\) whose helper process on alpha\.lab cannot be moved/,
    async () => {
      await scriptOnAlpha('slirp-helper', slirpHelper);
      await start({ devices: "<interface type='user'><model type='virtio'/></interface>" });
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
      await withDisk(shared);
      await lab.virsh('alpha', ['snapshot-create-as', 'spare', 'first']);
    },
  ],
  [
    'a backup that is under way',
    'guest.blockers',
    /held by a backup|block job works on vda/,
    async () => {
      await withDisk(shared);
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
])('%s', async (_words, id, words, harm, args = []) => {
  await harm();
  await expectOnlyError(lab, { id, words, args });
});

const nova = `<metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'>
  <nova:name>spare</nova:name></nova:instance></metadata>`;
/** As libvirt starts and asks it; what goes through it does not matter, for the guest stands still. */
const slirpHelper = `#!/bin/sh
[ "$1" = --print-capabilities ] || exec sleep infinity
echo '{ "type": "slirp-helper", "features": [ "ipv4", "ipv6" ] }'
`;
const withMissingFeature = `<cpu mode='custom' match='exact' check='none'>
  <model>qemu64</model><feature policy='require' name='avx512f'/></cpu>`;
const offline = ['--offline'];

test.each<[string, string, RegExp, () => Promise<unknown>, string[]?]>([
  [
    'more memory than the destination has free',
    'destination.memory',
    /spare has .* of memory; beta\.lab has .* free, which is less/,
    // It stands still, so that it takes none of it.
    () => start({ memoryMiB: Math.floor(totalmem() / 2 ** 20) - 64 }),
  ],
  [
    'points in time of incremental backups',
    'guest.blockers',
    /spare has 1 checkpoints of incremental backups/,
    async () => {
      await withDisk(shared);
      await lab.virsh('alpha', ['checkpoint-create-as', 'spare', 'first']);
    },
  ],
  [
    'a definition with a TPM that the destination cannot emulate',
    'destination.tpm',
    cannotEmulate,
    async () => {
      await start({ devices: tpm, shutOff: true });
      await withoutSwtpm('beta');
    },
    offline,
  ],
  [
    'a definition with huge pages that the destination has not',
    'destination.placement',
    /spare takes huge pages of 1 GiB for its 64 MiB, and beta\.lab has none of that size/,
    () =>
      start({
        definition: "<memoryBacking><hugepages><page size='1' unit='GiB'/></hugepages></memoryBacking>",
        shutOff: true,
      }),
    offline,
  ],
  [
    'a definition tied to a CPU that the destination has not',
    'destination.placement',
    /vCPU 0 of spare is tied to host CPU 1023; beta\.lab has no CPU 1023/,
    () => start({ definition: "<cputune><vcpupin vcpu='0' cpuset='1023'/></cputune>", shutOff: true }),
    offline,
  ],
  [
    'a definition tied to a NUMA node that the destination has not',
    'destination.placement',
    /spare takes its memory from NUMA node 7 of the host; beta\.lab has no node 7/,
    () => start({ definition: "<numatune><memory mode='strict' nodeset='7'/></numatune>", shutOff: true }),
    offline,
  ],
  [
    'CPU threads, which these versions stumble over',
    'versions.known-bugs',
    /libvirt before 11\.10\.0 takes a guest with CPU threads for one with another CPU/,
    () =>
      start({
        vcpus: 2,
        cpu: "<cpu mode='custom' match='exact'><model>qemu64</model><topology sockets='1' cores='1' threads='2'/></cpu>",
      }),
  ],
  [
    'a manager that owns it, with the admin’s consent',
    'guest.manager',
    /OpenStack manages spare/,
    () => start({ definition: nova }),
    ['--ignore-manager'],
  ],
])('for a person to judge: %s', async (_words, id, words, harm, args = []) => {
  await harm();
  await expectOnlyWarning(lab, { id, words, args });
});
