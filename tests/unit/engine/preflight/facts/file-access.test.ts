import { describe, expect, it } from 'vitest';
import {
  isOpenToOthers,
  obstacleToReading,
  parentsOf,
  parseStatOutput,
  type HostUser,
  type OwnerAndMode,
} from '../../../../../electron/engine/preflight/facts/file-access.ts';

const qemu: HostUser = { name: 'libvirt-qemu', uid: 64_055, gids: [64_055, 108] };

function file(mode: number, uid = 0, gid = 0): OwnerAndMode {
  return { path: '/etc/pki/qemu/server-key.pem', kind: 'file', uid, gid, mode, sizeBytes: 1 };
}

function directory(mode: number, uid = 0, gid = 0): OwnerAndMode {
  return { ...file(mode, uid, gid), path: '/etc/pki/qemu', kind: 'directory' };
}

describe('whether QEMU may read a file', () => {
  it.each<[string, OwnerAndMode, OwnerAndMode[], string | undefined]>([
    ['everybody may', file(0o644), [directory(0o755)], undefined],
    ['its group may', file(0o640, 0, 64_055), [directory(0o750, 0, 64_055)], undefined],
    ['a group that it is also in may', file(0o640, 0, 108), [], undefined],
    ['it owns the file', file(0o400, 64_055), [], undefined],
    ['only root may', file(0o600), [], '/etc/pki/qemu/server-key.pem'],
    [
      'its group may not, though everybody else may',
      file(0o604, 0, 64_055),
      [],
      '/etc/pki/qemu/server-key.pem',
    ],
    [
      'it owns the file and has shut itself out',
      file(0o044, 64_055, 64_055),
      [],
      '/etc/pki/qemu/server-key.pem',
    ],
    ['the directory is closed', file(0o644), [directory(0o755), directory(0o700)], '/etc/pki/qemu'],
    ['the directory may be listed, but not entered', file(0o644), [directory(0o744)], '/etc/pki/qemu'],
  ])('%s', (_words, target, directories, obstacle) => {
    expect(obstacleToReading(qemu, target, directories)?.path).toBe(obstacle);
  });

  it('root always may', () => {
    expect(obstacleToReading({ name: 'root', uid: 0, gids: [0] }, file(0), [directory(0)])).toBeUndefined();
  });
});

describe('a private key', () => {
  it.each([
    [0o600, 0o755, false],
    [0o640, 0o755, false],
    [0o644, 0o755, true],
    [0o602, 0o755, true],
    [0o601, 0o755, false],
    [0o644, 0o750, false],
    [0o644, 0o751, true],
  ])('with mode %o in a folder with mode %o is open to others: %s', (mode, folder, open) => {
    expect(isOpenToOthers(file(mode), [directory(0o755), directory(folder)])).toBe(open);
  });
});

describe('the output of stat', () => {
  it('is read line by line, and what is not understood is skipped', () => {
    const output = [
      '640 0 64055 1704 regular file:/etc/pki/qemu/server-key.pem',
      "stat: cannot statx '/x': No such file or directory",
      '755 0 0 4096 directory:/etc/pki',
      '644 0 0 0 regular empty file:/with: colon',
    ].join('\n');
    expect(parseStatOutput(output)).toEqual([
      {
        path: '/etc/pki/qemu/server-key.pem',
        kind: 'file',
        uid: 0,
        gid: 64_055,
        mode: 0o640,
        sizeBytes: 1704,
      },
      { path: '/etc/pki', kind: 'directory', uid: 0, gid: 0, mode: 0o755, sizeBytes: 4096 },
      { path: '/with: colon', kind: 'file', uid: 0, gid: 0, mode: 0o644, sizeBytes: 0 },
    ]);
  });
});

describe('the directories above a path', () => {
  it('begin at the root', () => {
    expect(parentsOf('/etc/pki/qemu/ca-cert.pem')).toEqual(['/', '/etc', '/etc/pki', '/etc/pki/qemu']);
  });
});
