import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute, parseXml, text } from '../../../../electron/common/xml.ts';
import { poolXml, volumeXml } from '../../../../electron/engine/storage/storage-xml.ts';

const volume = {
  name: 'vda.qcow2',
  format: 'qcow2',
  capacityBytes: 268_435_456,
  owner: { uid: 64_055, gid: 105 },
  backing: { path: '/srv/base.qcow2', format: 'raw' },
};

describe('the definition of a volume', () => {
  it('says all that libvirt needs to make it', () => {
    const root = parseXml(volumeXml(volume), 'volume');
    expect(text(root, 'name')).toBe('vda.qcow2');
    expect([text(root, 'capacity'), attribute(root, 'capacity', 'unit')]).toEqual(['268435456', 'bytes']);
    expect(text(root, 'allocation')).toBe('0');
    expect(attribute(root, 'target/format', 'type')).toBe('qcow2');
    const permissions = ['mode', 'owner', 'group'].map((name) => text(root, `target/permissions/${name}`));
    expect(permissions).toEqual(['0600', '64055', '105']);
    expect(text(root, 'backingStore/path')).toBe('/srv/base.qcow2');
    expect(attribute(root, 'backingStore/format', 'type')).toBe('raw');
  });

  it('leaves out what is not known', () => {
    const xml = volumeXml({ ...volume, owner: undefined, backing: undefined });
    expect(xml).not.toMatch(/owner|group|backingStore/);
  });
});

it('names from hosts stay names in both', () => {
  const name = fc.string({ minLength: 1, unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', ']', 'ü') });
  fc.assert(
    fc.property(name, (hostile) => {
      const pool = parseXml(poolXml({ name: hostile, uuid: 'u', directory: `/${hostile}` }), 'pool');
      expect(text(pool, 'target/path')).toBe(`/${hostile}`);
      expect(attribute(pool, '', 'type')).toBe('dir');
      const made = parseXml(volumeXml({ ...volume, name: hostile }), 'volume');
      expect(text(made, 'name')).toBe(hostile);
      expect(text(made, 'capacity')).toBe('268435456');
    }),
  );
});
