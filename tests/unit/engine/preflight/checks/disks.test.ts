import { describe, expect, it } from 'vitest';
import { defaultPlanOptions } from '../../../../../electron/engine/plan.ts';
import { guestDisksCheck } from '../../../../../electron/engine/preflight/checks/guest-disks.ts';
import { FactUnavailableError } from '../../../../../electron/engine/preflight/errors.ts';
import { sharing } from '../../../../../electron/engine/preflight/facts/shared-storage.ts';
import { diskFacts, failing, findingsOf, given, type Facts } from '../fake-context.ts';

const gib = 1024 ** 3;
const size = { capacityBytes: 10 * gib, physicalBytes: 2 * gib };
const copying = { options: { ...defaultPlanOptions, disks: 'copy' as const } };
const local = given({ kind: 'file' as const, sizeBytes: 1, fileSystem: 'ext2/ext3' });
const block = given({ kind: 'block' as const, sizeBytes: 0, fileSystem: 'tmpfs' });
const blockDisk = diskFacts({ source: { kind: 'block', path: '/dev/vg/a' } });
const volumeDisk = diskFacts({ source: { kind: 'volume', pool: 'images', volume: 'a.qcow2' } });
const medium = (startupPolicy?: string) =>
  diskFacts({ target: 'sda', device: 'cdrom', readOnly: true, startupPolicy });

async function levels(facts: Facts): Promise<string[]> {
  return (await findingsOf(guestDisksCheck, facts)).map(({ level }) => level);
}

describe('disks that stay where they are', () => {
  it.each<[string, Facts, string[]]>([
    ['no disk at all', {}, ['ok']],
    ['an empty drive', { guest: { disks: [diskFacts({ source: undefined })] } }, ['ok']],
    [
      'a network disk',
      { guest: { disks: [diskFacts({ source: { kind: 'network', protocol: 'rbd', name: 'p/i' } })] } },
      ['ok'],
    ],
    ['a file on shared storage', { guest: { disks: [diskFacts()] } }, ['ok']],
    [
      'a file on shared storage that is not mounted there',
      { guest: { disks: [diskFacts()] }, destination: { path: given(undefined) } },
      ['error'],
    ],
    ['a local file', { guest: { disks: [diskFacts()] }, source: { path: local } }, ['error']],
    [
      'a file on a FUSE mount',
      {
        guest: { disks: [diskFacts()] },
        source: { path: given({ kind: 'file', sizeBytes: 1, fileSystem: 'fuseblk' }) },
      },
      ['warning'],
    ],
    [
      'a writeback cache on shared storage',
      { guest: { disks: [diskFacts({ cache: 'writeback' })] } },
      ['ok'],
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
      'a volume on both hosts',
      {
        guest: { disks: [volumeDisk] },
        destination: { volumeByName: given({ pool: 'images', name: 'a.qcow2', capacityBytes: 1 }) },
      },
      ['warning'],
    ],
    [
      'a kind that is not known',
      { guest: { disks: [diskFacts({ source: { kind: 'other', text: 'vhostuser' } })] } },
      ['unknown'],
    ],
    [
      'one good and one local',
      { guest: { disks: [blockDisk, diskFacts()] }, destination: { path: block }, source: { path: local } },
      ['warning', 'error'],
    ],
  ])('%s', async (_words, facts, expected) => {
    expect(await levels(facts)).toEqual(expected);
  });

  it('are to be copied along where they are local', async () => {
    const [finding] = await findingsOf(guestDisksCheck, {
      guest: { disks: [diskFacts()] },
      source: { path: local },
    });
    expect(finding?.summary).toContain('/var/lib/libvirt/images/a.qcow2');
    expect(finding?.remedy).toContain('--disks copy');
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
  const pool = (availableBytes: number, active = true) => given({ name: 'images', active, availableBytes });
  const volume = (capacityBytes: number) => given({ pool: 'images', name: 'a.qcow2', capacityBytes });
  const guest = { disks: [diskFacts()], diskSizes: sizes };
  const volumeGuest = { disks: [volumeDisk], diskSizes: sizes };
  it.each<[string, Facts, string]>([
    ['into a pool with space', { guest }, 'ok'],
    [
      'into a pool that may become too small',
      { guest, destination: { poolForDirectory: pool(5 * gib) } },
      'info',
    ],
    ['into a pool that is too small', { guest, destination: { poolForDirectory: pool(gib) } }, 'error'],
    [
      'into a pool that is not active',
      { guest, destination: { poolForDirectory: pool(100 * gib, false) } },
      'error',
    ],
    ['into no pool', { guest, destination: { poolForDirectory: given(undefined) } }, 'error'],
    ['without a known size', { guest: { disks: [diskFacts()] } }, 'unknown'],
    ['over a volume of the same size', { guest, destination: { volumeByPath: volume(10 * gib) } }, 'warning'],
    ['over a volume of another size', { guest, destination: { volumeByPath: volume(gib) } }, 'error'],
    ['over a file that its pool has not noticed', { guest, destination: { path: local } }, 'warning'],
    [
      'where no file can be looked at',
      {
        guest,
        destination: { path: failing(new FactUnavailableError('no-shell', 'No shell.', 'Use SSH.')) },
      },
      'ok',
    ],
    ['to a block device', { guest: { disks: [blockDisk] }, destination: { path: block } }, 'warning'],
    [
      'to a block device that is missing',
      { guest: { disks: [blockDisk] }, destination: { path: given(undefined) } },
      'error',
    ],
    ['as a volume', { guest: volumeGuest }, 'ok'],
    [
      'as a volume without its pool',
      { guest: volumeGuest, destination: { poolByName: given(undefined) } },
      'error',
    ],
    [
      'over a volume that exists',
      { guest: volumeGuest, destination: { volumeByName: volume(10 * gib) } },
      'warning',
    ],
    [
      'not at all, being shared by several guests',
      {
        guest: { disks: [diskFacts({ shareable: true })] },
        destination: { path: given({ kind: 'file', sizeBytes: 1, fileSystem: 'nfs' }) },
      },
      'ok',
    ],
  ])('%s', async (_words, facts, level) => {
    const destination = { path: given(undefined), ...facts.destination };
    expect(await levels({ ...facts, destination, context: copying })).toEqual([level]);
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
