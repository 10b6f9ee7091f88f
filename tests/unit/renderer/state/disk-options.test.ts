import { describe, expect, it } from 'vitest';
import {
  copyableDisks,
  disksInWords,
  withDisks,
  withDiskTarget,
} from '../../../../renderer/state/disk-options.ts';
import { initialOptions } from '../../../../renderer/state/plan-options.ts';

const all = ['vda', 'vdb'];
const copying = withDisks(initialOptions, 'copy');

describe('the choice of disks', () => {
  it('names disks only where some are left out', () => {
    const one = withDiskTarget(copying, all, 'vda', false);
    expect(one).toMatchObject({ disks: 'copy', diskTargets: ['vdb'] });
    expect(withDiskTarget(one, all, 'vda', true).diskTargets).toBeUndefined();
  });

  it('leaves the disks where they are when none is to be copied', () => {
    const none = withDiskTarget(withDiskTarget(copying, all, 'vda', false), all, 'vdb', false);
    expect(none).toMatchObject({ disks: 'none', diskTargets: undefined });
  });

  it('keeps the chosen disks from whole to top layers, and drops them with the copy', () => {
    const one = withDiskTarget(copying, all, 'vda', false);
    expect(withDisks(one, 'incremental').diskTargets).toEqual(['vdb']);
    expect(withDisks(one, 'none').diskTargets).toBeUndefined();
  });

  it('is offered for what is written to and lies on the host', () => {
    const disk = { source: '/a', format: 'qcow2', readOnly: false };
    const disks = [
      { ...disk, target: 'vda', kind: 'file' as const },
      { ...disk, target: 'vdb', kind: 'network' as const },
      { ...disk, target: 'sda', kind: 'file' as const, readOnly: true },
      { ...disk, target: 'fda', kind: 'file' as const, source: '' },
    ];
    expect(copyableDisks({ disks }).map(({ target }) => target)).toEqual(['vda']);
    expect(copyableDisks(undefined)).toEqual([]);
  });

  it.each([
    [initialOptions, 'shared storage'],
    [copying, 'disks copied'],
    [{ ...copying, diskTargets: ['vdb'] }, 'vdb copied'],
    [withDisks(initialOptions, 'incremental'), 'top layers of disks copied'],
  ])('is summed up: %#', (options, words) => {
    expect(disksInWords(options)).toBe(words);
  });
});
