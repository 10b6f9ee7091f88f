import type { PoolMend } from '../../../../../electron/engine/finding.ts';
import { describe, expect, it } from 'vitest';
import { defaultPlanOptions } from '../../../../../electron/engine/plan.ts';
import { guestDisksCheck } from '../../../../../electron/engine/preflight/checks/guest-disks.ts';
import { FactUnavailableError } from '../../../../../electron/engine/preflight/errors.ts';
import { sharing } from '../../../../../electron/engine/preflight/facts/shared-storage.ts';
import type { Sharing } from '../../../../../electron/engine/preflight/facts/sharing.ts';
import type { PathFacts } from '../../../../../electron/engine/preflight/facts/storage.ts';
import type { DiskFacts } from '../../../../../electron/engine/preflight/facts/guest-xml.ts';
import { isStorageProvenShared } from '../../../../../electron/engine/preflight/checks/storage-safety.ts';
import { diskSpaceCheck } from '../../../../../electron/engine/preflight/checks/disk-space.ts';
import {
  daemonFacts,
  diskFacts,
  failing,
  fakeContext,
  findingsOf,
  given,
  pathFacts,
  volumeFacts,
  type Facts,
} from '../fake-context.ts';

const gib = 1024 ** 3;
const size = { capacityBytes: 10 * gib, physicalBytes: 2 * gib };
const copying = { options: { ...defaultPlanOptions, disks: 'copy' as const } };
const local = given(pathFacts('ext2/ext3'));
const block = given(pathFacts('tmpfs', { kind: 'block', sizeBytes: 0 }));
const directory = given(pathFacts('ext2/ext3', { kind: 'directory' }));

const separate = given({ kind: 'separate' as const, existsThere: true, evidence: 'not seen' });
const missing = given({ kind: 'separate' as const, existsThere: false, evidence: 'not there' });
const untold = given({ kind: 'unknown' as const, evidence: 'no shell' });
const blockDisk = diskFacts({ source: { kind: 'block', path: '/dev/vg/a' } });
const volumeDisk = diskFacts({ source: { kind: 'volume', pool: 'images', volume: 'a.qcow2' } });
const noShell = failing(new FactUnavailableError('no-shell', 'No shell.', 'Use SSH.'));
const medium = (startupPolicy?: string) =>
  diskFacts({ target: 'sda', device: 'cdrom', readOnly: true, startupPolicy });

async function levels(facts: Facts): Promise<string[]> {
  return (await findingsOf(guestDisksCheck, facts)).map(({ level }) => level);
}

describe('disks of a guest that is shut off', () => {
  const offline = (sharing: () => Promise<Sharing>) => ({
    ...{ guest: { disks: [diskFacts({ cache: 'writeback' })] }, source: { path: local } },
    context: { sharing, options: { ...defaultPlanOptions, offline: true } },
  });

  it.each<[string, () => Promise<Sharing>, string]>([
    ['that both hosts see, cached or not', given({ kind: 'shared', evidence: 'seen' }), 'ok'],
    ['that are missing there', missing, 'warning'],
    ['that are others there', separate, 'warning'],
    ['of which that cannot be told', untold, 'warning'],
  ])('%s', async (_what, sharing, level) => {
    expect(await levels(offline(sharing))).toEqual([level]);
  });

  it('are the admin’s to bring, because libvirt copies none', async () => {
    const [finding] = await findingsOf(guestDisksCheck, offline(missing));
    expect(finding?.remedy).toMatch(/^No disk is copied in an offline move: see that it is on beta\.lab/);
  });
});

describe('disks that stay where they are', () => {
  const uncached = { disks: [diskFacts()] };
  const old = (versions: { libvirt?: string; qemu?: string }) => ({
    daemon: given(daemonFacts('alpha.lab', versions)),
  });
  const cached = { disks: [diskFacts({ cache: 'writeback' })] };
  it.each<[string, Facts, string[]]>([
    ['no disk at all', {}, ['ok']],
    ['an empty drive', { guest: { disks: [diskFacts({ source: undefined })] } }, ['ok']],
    [
      'a network disk',
      { guest: { disks: [diskFacts({ source: { kind: 'network', protocol: 'rbd', name: 'p/i' } })] } },
      ['ok'],
    ],
    ['a file that both hosts see', { guest: uncached }, ['ok']],
    ['a local file of the one host that it exports', { guest: uncached, source: { path: local } }, ['ok']],
    ['the same, cached', { guest: cached, source: { path: local } }, ['ok']],
    [
      'the same, cached by a QEMU that keeps it',
      { guest: cached, source: { ...old({ qemu: '3.1.0' }), path: local } },
      ['error'],
    ],
    ['a cached file on a file system that libvirt knows', { guest: cached }, ['ok']],
    ['the same on a QEMU that keeps its cache', { guest: cached, source: old({ qemu: '3.1.0' }) }, ['error']],
    [
      'the same on a libvirt that forbids it',
      { guest: cached, source: old({ libvirt: '5.6.0' }) },
      ['error'],
    ],
    [
      'the same on a cluster file system',
      { guest: cached, source: { ...old({ qemu: '3.1.0' }), path: given(pathFacts('ceph')) } },
      ['ok'],
    ],
    ['an uncached file on an old QEMU', { guest: uncached, source: old({ qemu: '3.1.0' }) }, ['ok']],
    ['a file that is missing there', { guest: uncached, context: { sharing: missing } }, ['error']],
    ['a file that is another one there', { guest: uncached, context: { sharing: separate } }, ['error']],
    ['a file of which that cannot be told', { guest: uncached, context: { sharing: untold } }, ['unknown']],
    [
      'the same on a local file system',
      { guest: uncached, context: { sharing: untold }, source: { path: local } },
      ['error'],
    ],
    [
      'a block device on both hosts',
      { guest: { disks: [blockDisk] }, destination: { path: block } },
      ['warning'],
    ],
    [
      'a block device missing there',
      { guest: { disks: [blockDisk] }, destination: { path: given(undefined) } },
      ['error'],
    ],
    ['a volume missing there', { guest: { disks: [volumeDisk] } }, ['error']],
    [
      'a volume that is the same file',
      {
        guest: { disks: [volumeDisk] },
        source: { volumeByName: given(volumeFacts()) },
        destination: { volumeByName: given(volumeFacts()) },
      },
      ['ok'],
    ],
    [
      'a volume that is no file',
      { guest: { disks: [volumeDisk] }, destination: { volumeByName: given(volumeFacts()) } },
      ['unknown'],
    ],
    [
      'a kind that is not known',
      { guest: { disks: [diskFacts({ source: { kind: 'other', text: 'vhostuser' } })] } },
      ['unknown'],
    ],
    [
      'one good and one local',
      {
        guest: { disks: [blockDisk, diskFacts()] },
        destination: { path: block },
        context: { sharing: separate },
      },
      ['warning', 'error'],
    ],
  ])('%s', async (_words, facts, expected) => {
    expect(await levels(facts)).toEqual(expected);
  });

  it('are to be copied along where they are local', async () => {
    const [finding] = await findingsOf(guestDisksCheck, {
      guest: { disks: [diskFacts()] },
      context: { sharing: separate },
    });
    expect(finding?.summary).toContain('/var/lib/libvirt/images/a.qcow2');
    expect(finding?.remedy).toContain('--disks copy');
  });
});

describe('storage that libvirt has to be told of', () => {
  const onLocal = (disks: DiskFacts[], context: Facts['context'] = {}): Facts => ({
    guest: { disks },
    source: { path: local },
    context,
  });
  const rbd = diskFacts({ target: 'vdb', source: { kind: 'network', protocol: 'rbd', name: 'p/i' } });
  it.each<[string, Facts, boolean]>([
    ['is a shared file of which libvirt thinks that it is local', onLocal([diskFacts()]), true],
    ['is not one that it knows as shared', { guest: { disks: [diskFacts()] } }, false],
    ['is not one that was not seen', onLocal([diskFacts()], { sharing: untold }), false],
    ['is one that is cached as well', onLocal([diskFacts({ cache: 'writeback' })]), true],
    [
      'is not one that is cached by a QEMU that keeps it',
      {
        guest: { disks: [diskFacts({ cache: 'writeback' })] },
        source: { path: local, daemon: given(daemonFacts('alpha.lab', { qemu: '3.1.0' })) },
      },
      false,
    ],
    ['is not one beside a block device', onLocal([diskFacts(), { ...blockDisk, target: 'vdb' }]), false],
    ['may be beside a coherent network disk', onLocal([diskFacts(), { ...rbd, cache: 'writeback' }]), true],
    [
      'is not one beside a kind that libvirt refuses',
      onLocal([diskFacts(), diskFacts({ target: 'vdb', source: { kind: 'other', text: 'nvme' } })]),
      false,
    ],
    [
      'is none where all disks are copied',
      onLocal([diskFacts()], { options: { ...defaultPlanOptions, disks: 'copy' } }),
      false,
    ],
    ['may be beside a medium', onLocal([diskFacts(), medium()]), true],
  ])('%s', async (_words, facts, expected) => {
    expect(await isStorageProvenShared(fakeContext(facts))).toBe(expected);
  });
});

describe('inserted media', () => {
  it.each<[string, Facts, string[]]>([
    ['that are there, too', { guest: { disks: [medium()] } }, ['ok']],
    [
      'that are missing there',
      { guest: { disks: [medium()] }, destination: { path: given(undefined) } },
      ['error'],
    ],
    [
      'that are missing, but optional',
      { guest: { disks: [medium('optional')] }, destination: { path: given(undefined) } },
      ['warning'],
    ],
    [
      'that are missing while disks are copied',
      { guest: { disks: [medium()] }, destination: { path: given(undefined) }, context: copying },
      ['error'],
    ],
  ])('%s', async (_words, facts, expected) => {
    expect(await levels(facts)).toEqual(expected);
  });
});

describe('disks that are copied', () => {
  const sizes = new Map([['vda', size]]);
  const images = { name: 'images', active: true, availableBytes: 100 * gib };
  const pool = (active = true) => given({ ...images, active });
  const guest = { disks: [diskFacts()], diskSizes: sizes };
  const volumeGuest = { disks: [volumeDisk], diskSizes: sizes };
  const noPool = given(undefined);
  const named = { options: { ...copying.options, diskTargets: ['vda'] } };
  it.each<[string, Facts, string]>([
    ['into a pool', { guest }, 'ok'],
    ['into a pool that is not active', { guest, destination: { poolForDirectory: pool(false) } }, 'error'],
    [
      'into a directory without a pool',
      { guest, destination: { poolForDirectory: noPool, path: directory } },
      'ok',
    ],
    [
      'into a directory that is missing',
      { guest, destination: { poolForDirectory: noPool, path: given(undefined) } },
      'error',
    ],
    ['into what is no directory', { guest, destination: { poolForDirectory: noPool, path: local } }, 'error'],
    ['without a known size', { guest: { disks: [diskFacts()] } }, 'unknown'],
    ['onto themselves', { guest, context: { sharing: given({ kind: 'shared', evidence: '' }) } }, 'error'],
    [
      'onto what may be themselves, as a pool shows it',
      { guest, context: { sharing: untold }, destination: { volumeByPath: given(volumeFacts()) } },
      'error',
    ],
    [
      'onto what may be themselves, as the file system shows it',
      { guest, context: { sharing: untold }, destination: { path: local } },
      'error',
    ],
    [
      'where nobody can look, and no pool shows anything',
      { guest, context: { sharing: untold }, destination: { path: noShell } },
      'ok',
    ],
    [
      'over a volume of the same size',
      { guest, context: { sharing: separate }, destination: { volumeByPath: given(volumeFacts()) } },
      'warning',
    ],
    [
      'over a volume of another size',
      {
        guest,
        context: { sharing: separate },
        destination: { volumeByPath: given(volumeFacts({ capacityBytes: gib })) },
      },
      'error',
    ],
    [
      'over a volume of another format',
      {
        guest,
        context: { sharing: separate },
        destination: { volumeByPath: given(volumeFacts({ format: 'raw' })) },
      },
      'error',
    ],
    ['over a file that its pool has not noticed', { guest, context: { sharing: separate } }, 'warning'],
    [
      'over such a file of another size',
      {
        guest,
        context: { sharing: separate },
        destination: { image: given({ format: 'qcow2', capacityBytes: gib }) },
      },
      'error',
    ],
    [
      'to a block device that nobody named',
      { guest: { disks: [blockDisk] }, destination: { path: block } },
      'error',
    ],
    [
      'to a block device that was named',
      { guest: { disks: [blockDisk] }, destination: { path: block }, context: named },
      'warning',
    ],
    [
      'to a block device that is missing',
      { guest: { disks: [blockDisk] }, destination: { path: given(undefined) } },
      'error',
    ],
    ['as a volume', { guest: volumeGuest }, 'ok'],
    ['as a volume without its pool', { guest: volumeGuest, destination: { poolByName: noPool } }, 'error'],
    [
      'as a volume of a pool that is not active',
      { guest: volumeGuest, destination: { poolByName: pool(false) } },
      'error',
    ],
    [
      'over a volume that exists',
      {
        guest: volumeGuest,
        source: { volumeByName: given(volumeFacts()) },
        context: { sharing: separate },
        destination: { volumeByName: given(volumeFacts()) },
      },
      'warning',
    ],
    [
      'over a volume that may be the same',
      { guest: volumeGuest, destination: { volumeByName: given(volumeFacts()) } },
      'error',
    ],
    [
      'not at all, being shared by several guests',
      {
        guest: { disks: [diskFacts({ shareable: true })] },
        context: { sharing: given({ kind: 'shared', evidence: '' }) },
      },
      'ok',
    ],
  ])('%s', async (_words, facts, level) => {
    const context = { ...copying, sharing: missing, ...facts.context };
    expect(await levels({ ...facts, context })).toEqual([level]);
  });

  it.each<[string, Facts, PoolMend | undefined]>([
    ['started', { destination: { poolByName: pool(false) } }, { kind: 'start pool', pool: 'images' }],
    [
      'made as the source has it',
      {
        source: { poolByName: given({ ...images, directory: '/srv/images' }) },
        destination: { poolByName: noPool },
      },
      { kind: 'define pool', pool: 'images', directory: '/srv/images' },
    ],
    [
      'left to a person where it is no directory',
      { source: { poolByName: pool() }, destination: { poolByName: noPool } },
      undefined,
    ],
  ])('a pool that is missing can be %s', async (_words, facts, mend) => {
    const context = { ...copying, sharing: missing };
    const [found] = await findingsOf(guestDisksCheck, { guest: volumeGuest, ...facts, context });
    expect(found?.mend).toEqual(mend);
  });

  it('are only those that were chosen, and the others must be shared', async () => {
    const disks = [diskFacts(), diskFacts({ target: 'vdb' })];
    const facts = { guest: { disks, diskSizes: sizes }, context: { ...named, sharing: missing } };
    expect(await levels(facts)).toEqual(['ok', 'error']);
  });

  it('must exist', async () => {
    const options = { ...copying.options, diskTargets: ['vda', 'vdz'] };
    const findings = await findingsOf(guestDisksCheck, {
      guest,
      context: { options, sharing: missing },
    });
    expect(findings.map(({ level }) => level)).toEqual(['error', 'ok']);
    expect(findings[0]?.summary).toContain('vdz');
  });
});

describe('top layers that are copied', () => {
  const options = { ...defaultPlanOptions, disks: 'incremental' as const };
  const base = '/var/lib/libvirt/images/base.qcow2';
  const guest = {
    disks: [diskFacts()],
    diskSizes: new Map([['vda', size]]),
    diskLayers: new Map([['vda', [{ path: base, format: 'qcow2' }]]]),
  };
  const baseIs = (sharing: Sharing) => (path: string) =>
    Promise.resolve(
      path === base ? sharing : ({ kind: 'separate', existsThere: false, evidence: '' } as const),
    );
  const other = baseIs({ kind: 'separate', existsThere: true, evidence: '' });
  it.each<[string, Facts, string]>([
    ['onto the same layers', { guest, context: { sharing: baseIs({ kind: 'shared', evidence: '' }) } }, 'ok'],
    ['onto layers that look alike', { guest, context: { sharing: other } }, 'warning'],
    [
      'onto a layer of another size',
      {
        guest,
        context: { sharing: other },
        destination: { image: given({ format: 'qcow2', capacityBytes: 1 }) },
      },
      'error',
    ],
    [
      'onto a layer of another format',
      {
        guest,
        context: { sharing: other },
        destination: { image: given({ format: 'raw', capacityBytes: 10 * gib }) },
      },
      'error',
    ],
    ['onto a missing layer', { guest, context: { sharing: missing } }, 'error'],
    [
      'onto a layer that is no file',
      { guest: { ...guest, diskLayers: new Map([['vda', [{ path: undefined, format: 'raw' }]]]) } },
      'error',
    ],
    ['over a file that exists', { guest, context: { sharing: separate } }, 'error'],
    ['of a disk that has but one', { guest: { ...guest, diskLayers: new Map() } }, 'info'],
  ])('%s', async (_words, facts, level) => {
    const context = { options, sharing: missing, ...facts.context };
    expect(await levels({ ...facts, context })).toEqual([level]);
  });
});

describe('the space for copied disks', () => {
  const disks = [
    diskFacts(),
    diskFacts({ target: 'vdb', source: { kind: 'file', path: '/var/lib/libvirt/images/b.qcow2' } }),
  ];
  const guest = {
    disks,
    diskSizes: new Map([
      ['vda', size],
      ['vdb', size],
    ]),
  };
  const on = (path: (name: string) => PathFacts | undefined) => (name: string) => Promise.resolve(path(name));
  const used = pathFacts('ext2/ext3', { allocatedBytes: 2 * gib });
  it.each<[string, number, string]>([
    ['enough for all that they can hold', 20 * gib, 'ok'],
    ['enough for what they hold now', 4 * gib, 'warning'],
    ['enough for one of the two alone', 3 * gib, 'error'],
  ])('%s', async (_words, free, level) => {
    const facts: Facts = {
      guest,
      source: { path: given(used) },
      destination: { path: given(undefined), freeBytes: given(free) },
      context: copying,
    };
    expect((await findingsOf(diskSpaceCheck, facts)).map((finding) => finding.level)).toEqual([level]);
  });

  it('counts what is written over as free', async () => {
    const facts: Facts = {
      guest,
      source: { path: given(used) },
      destination: {
        path: on((name) => (name.endsWith('a.qcow2') ? used : undefined)),
        freeBytes: given(2 * gib),
      },
      context: copying,
    };
    expect((await findingsOf(diskSpaceCheck, facts)).map((finding) => finding.level)).toEqual(['warning']);
  });

  it('is the pool’s own figure where nobody can look, and unknown without one', async () => {
    const blind = { path: noShell, freeBytes: noShell };
    const facts: Facts = { guest, destination: blind, context: copying };
    expect((await findingsOf(diskSpaceCheck, facts)).map((finding) => finding.level)).toEqual(['ok']);
    const unseen: Facts = { ...facts, destination: { ...blind, poolForDirectory: given(undefined) } };
    expect((await findingsOf(diskSpaceCheck, unseen)).map((finding) => finding.level)).toEqual(['unknown']);
  });
});

describe('a file system', () => {
  it.each([
    ['nfs', 'shared'],
    ['NFS', 'shared'],
    ['gfs/gfs2', 'shared'],
    ['ceph', 'shared'],
    ['ext2/ext3', 'local'],
    ['xfs', 'local'],
    ['btrfs', 'local'],
    ['overlayfs', 'local'],
    ['fuseblk', 'unknown'],
    ['UNKNOWN (0x1234)', 'unknown'],
    ['', 'unknown'],
  ])('%j is %s', (name, expected) => {
    expect(sharing(name)).toBe(expected);
  });
});
