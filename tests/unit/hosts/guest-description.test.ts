import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeGuest } from '../../../electron/hosts/guest-description.ts';

const domain = (inside: string) => `<domain type='kvm'><name>g</name>${inside}</domain>`;

describe('describeGuest', () => {
  it.each([
    ["<memory unit='KiB'>1048576</memory>", 1024 ** 3],
    ['<memory>1048576</memory>', 1024 ** 3],
    ["<memory unit='GiB'>2</memory><currentMemory unit='MiB'>512</currentMemory>", 512 * 1024 ** 2],
    ["<memory unit='MB'>10</memory>", 10_000_000],
    ['<memory>lots</memory>', 0],
  ])('reads %s as %d bytes', (xml, bytes) => expect(describeGuest(domain(xml)).memoryBytes).toBe(bytes));

  it.each([
    ['<vcpu>4</vcpu>', 4],
    ["<vcpu current='2'>8</vcpu>", 2],
    ['', 1],
    ['<vcpu>-3</vcpu>', 1],
  ])('reads %s as %d vCPUs', (xml, vcpus) => expect(describeGuest(domain(xml)).vcpus).toBe(vcpus));

  it('tells the kinds of disks apart', () => {
    const { disks, obstacles } = describeGuest(
      domain(`<devices>
        <disk type='file' device='disk'><driver type='qcow2'/><source file='/images/a.qcow2'/><target dev='vda'/></disk>
        <disk type='block' device='disk'><source dev='/dev/vg/b'/><target dev='vdb'/></disk>
        <disk type='network' device='disk'><source protocol='rbd' name='pool/c'/><target dev='vdc'/></disk>
        <disk type='volume' device='disk'><source pool='images' volume='d'/><target dev='vdd'/></disk>
        <disk type='file' device='cdrom'><target dev='sda'/><readonly/></disk>
      </devices>`),
    );
    expect(disks.map(({ target, kind, source, readOnly }) => [target, kind, source, readOnly])).toEqual([
      ['vda', 'file', '/images/a.qcow2', false],
      ['vdb', 'block', '/dev/vg/b', false],
      ['vdc', 'network', 'pool/c', false],
      ['vdd', 'volume', 'images/d', false],
      ['sda', 'file', '', true],
    ]);
    expect(obstacles).toEqual([{ kind: 'local disk', text: expect.stringContaining('vda') as string }]);
  });

  it('names what ties a guest to its host', () => {
    const { obstacles } = describeGuest(
      domain("<devices><hostdev type='pci'/><hostdev type='usb'/><filesystem/></devices>"),
    );
    expect(obstacles.map(({ kind }) => kind)).toEqual(['passthrough', 'shared directory']);
    expect(obstacles[0]?.text).toContain('pci, usb');
  });

  it('refuses what is no domain, whatever it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => describeGuest(text)).toThrow();
      }),
    );
  });
});
