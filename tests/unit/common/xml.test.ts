import { describe, expect, it } from 'vitest';
import {
  attribute,
  element,
  elements,
  parseXml,
  serializeXml,
  text,
  XmlError,
} from '../../../electron/common/xml.ts';

const domain = parseXml(
  `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
     <name> web01 </name>
     <devices>
       <disk device='disk'><source file='/a'/></disk>
       <interface type='network'><source network='default'/></interface>
       <disk device='cdrom'/>
     </devices>
     <empty at=''/>
   </domain>`,
  'domain',
);

describe('walking a document', () => {
  it('finds elements level by level, in document order', () => {
    expect(elements(domain, 'devices/disk').map((disk) => attribute(disk, '', 'device'))).toEqual([
      'disk',
      'cdrom',
    ]);
    expect(elements(domain, 'devices/*')).toHaveLength(3);
    expect(elements(domain, 'disk')).toEqual([]);
  });

  it('gives text without space at its ends, and undefined for what is absent', () => {
    expect(text(domain, 'name')).toBe('web01');
    expect(text(domain, 'title')).toBeUndefined();
    expect(element(domain, 'devices/tpm')).toBeUndefined();
  });

  it('tells an empty attribute from an absent one', () => {
    expect(attribute(domain, 'empty', 'at')).toBe('');
    expect(attribute(domain, 'empty', 'other')).toBeUndefined();
    expect(attribute(domain, 'devices/disk/source', 'file')).toBe('/a');
  });

  it('serializes a part of a document', () => {
    const disk = element(domain, 'devices/disk/source');
    expect(disk && serializeXml(disk)).toContain('file="/a"');
  });
});

describe('a document from a hostile host', () => {
  it.each([
    ['too long', `<domain>${'x'.repeat(200)}</domain>`],
    ['cut off', '<domain><name>web01</name>'],
    ['of another kind', '<capabilities/>'],
    ['empty', ''],
    ['no XML at all', 'error: connection refused'],
    ['with a document type', '<!DOCTYPE domain><domain/>'],
    ['with entities of its own', '<!DOCTYPE domain [<!ENTITY a "b">]><domain>&a;</domain>'],
    ['with an entity nobody declared', '<domain>&a;</domain>'],
    ['with an attribute without quotes', '<domain type=qemu/>'],
    ['with two roots', '<domain/><domain/>'],
  ])('is refused when it is %s', (_case, hostile) => {
    expect(() => parseXml(hostile, 'domain', { maxChars: 100 })).toThrow(XmlError);
  });
});
