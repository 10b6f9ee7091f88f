import { describe, expect, it } from 'vitest';
import type { Obstacle } from '../../../../../electron/engine/preflight/facts/guest-blockers.ts';
import { parseGuestXml, parseLayers } from '../../../../../electron/engine/preflight/facts/guest-xml.ts';

const domain = (inner: string): string =>
  `<domain type='kvm' id='1'><name>web01</name><uuid>11111111-2222-3333-4444-555555555555</uuid>${inner}</domain>`;
const device = (inner: string): string => domain(`<devices>${inner}</devices>`);

describe('the definition of a guest', () => {
  it('gives what a migration depends on', () => {
    const guest = parseGuestXml(
      domain(`<memory unit='KiB'>1048576</memory>
        <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
        <cpu mode='custom' match='exact'><model>qemu64</model></cpu>
        <devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices>
        <seclabel type='static' model='dac'><label>+107:+108</label></seclabel>`),
    );
    expect(guest).toMatchObject({
      name: 'web01',
      memoryBytes: 1024 ** 3,
      virtType: 'kvm',
      arch: 'x86_64',
      machine: 'pc-q35-7.2',
      emulator: '/usr/bin/qemu-system-x86_64',
      cpuMode: 'custom',
      staticOwner: { uid: 107, gid: 108 },
      obstacles: [],
    });
    expect(guest.cpuXml).toContain('<model>qemu64</model>');
  });

  it.each([
    ["<memory unit='GiB'>2</memory>", 2 * 1024 ** 3],
    ["<memory unit='MB'>2</memory>", 2_000_000],
    ['<memory>4</memory>', 4096],
  ])('reads %s', (memory, bytes) => {
    expect(parseGuestXml(domain(memory)).memoryBytes).toBe(bytes);
  });

  it('does not take a label that libvirt chose for one that is fixed', () => {
    const label = "<seclabel type='dynamic' model='dac'><label>+64055:+64055</label></seclabel>";
    expect(parseGuestXml(domain(label)).staticOwner).toBeUndefined();
  });
});

describe('the layers of its disks', () => {
  it('are those below the top one, down to the last', () => {
    const store = (file: string, inner: string): string =>
      `<backingStore type='file'><format type='qcow2'/><source file='${file}'/>${inner}</backingStore>`;
    const layers = parseLayers(
      device(
        `<disk><target dev='vda'/>${store('/b', store('/c', '<backingStore/>'))}</disk>
         <disk><target dev='vdb'/><backingStore/></disk><disk><target dev='vdc'/></disk>`,
      ),
    );
    expect(Object.fromEntries(layers)).toEqual({
      vda: [
        { path: '/b', format: 'qcow2' },
        { path: '/c', format: 'qcow2' },
      ],
      ...{ vdb: [], vdc: [] },
    });
  });

  it('may be no files', () => {
    const below = "<backingStore type='network'><format type='raw'/><source protocol='nbd'/></backingStore>";
    expect(parseLayers(device(`<disk><target dev='vda'/>${below}</disk>`)).get('vda')).toEqual([
      { path: undefined, format: 'raw' },
    ]);
  });
});

describe('its disks', () => {
  it.each<[string, object]>([
    [
      "<disk type='file' device='disk'><source file='/a.qcow2'/><target dev='vda'/></disk>",
      { target: 'vda', source: { kind: 'file', path: '/a.qcow2' }, readOnly: false },
    ],
    [
      "<disk type='block' device='disk'><source dev='/dev/vg/a'/><target dev='vda'/><shareable/></disk>",
      { source: { kind: 'block', path: '/dev/vg/a' }, shareable: true },
    ],
    [
      "<disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vda'/></disk>",
      { source: { kind: 'volume', pool: 'p', volume: 'v' } },
    ],
    [
      "<disk type='network' device='disk'><source protocol='rbd' name='p/i'/><target dev='vda'/></disk>",
      { source: { kind: 'network', protocol: 'rbd', name: 'p/i' } },
    ],
    [
      "<disk type='file' device='cdrom'><target dev='sda'/><readonly/></disk>",
      { source: undefined, readOnly: true },
    ],
    [
      "<disk type='file' device='cdrom'><source file='/a.iso' startupPolicy='optional'/><target dev='sda'/></disk>",
      { device: 'cdrom', readOnly: true, startupPolicy: 'optional' },
    ],
    [
      "<disk type='vhostuser' device='disk'><source type='unix' path='/s'/><target dev='vda'/></disk>",
      { source: { kind: 'other', text: 'vhostuser' } },
    ],
  ])('%s', (xml, expected) => {
    expect(parseGuestXml(device(xml)).disks[0]).toMatchObject(expected);
  });
});

describe('its interfaces', () => {
  it.each<[string, string | undefined]>([
    ["<interface type='network'><source network='default'/></interface>", 'default'],
    ["<interface type='bridge'><source bridge='br0'/></interface>", 'br0'],
    ["<interface type='direct'><source dev='eth0' mode='bridge'/></interface>", 'eth0'],
    ["<interface type='user'/>", undefined],
  ])('%s', (xml, source) => {
    expect(parseGuestXml(device(xml)).interfaces[0]?.source).toBe(source);
  });
});

describe('what keeps a guest from moving', () => {
  const invtsc = "<cpu><feature policy='require' name='invtsc'/></cpu>";
  it.each<[string, RegExp, Obstacle['kind']?]>([
    [
      "<devices><hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x01'/></source></hostdev></devices>",
      /pci device.*bus 0x01/,
      'by-driver',
    ],
    ["<devices><hostdev mode='subsystem' type='mdev'/></devices>", /mdev device/, 'by-driver'],
    ["<devices><hostdev mode='subsystem' type='usb'/></devices>", /usb device/, 'plugged-anew'],
    ["<devices><hostdev mode='subsystem' type='scsi'/></devices>", /scsi device/],
    ["<devices><hostdev mode='capabilities' type='storage'/></devices>", /storage device/],
    [
      "<devices><interface type='vdpa'><mac address='52:54:00:00:00:02'/></interface></devices>",
      /52:54:00:00:00:02 on a passed-through vdpa/,
      'by-driver',
    ],
    [
      "<devices><interface type='user'><mac address='52:54:00:00:00:03'/><backend type='passt'/></interface></devices>",
      /52:54:00:00:00:03 behind a passt/,
      'cut-off',
    ],
    ["<devices><memory model='dimm'/></devices>", /memory module/],
    [
      "<devices><interface type='hostdev'><mac address='52:54:00:00:00:01'/></interface></devices>",
      /52:54:00:00:00:01/,
      'by-driver',
    ],
    [
      "<devices><filesystem><driver type='virtiofs'/><target dir='share'/></filesystem></devices>",
      /share \(virtiofs\)/,
    ],
    [
      "<devices><shmem name='s' role='peer'><model type='ivshmem-plain'/></shmem></devices>",
      /shared memory s/,
    ],
    [
      "<devices><disk type='file'><source file='/a'/><target dev='vda'/><transient/></disk></devices>",
      /transient disk vda/,
    ],
    ["<devices><video><model><acceleration accel3d='yes'/></model></video></devices>", /3D graphics/],
    ["<launchSecurity type='sev'/>", /encrypted memory \(sev\)/],
    [invtsc, /invtsc/],
  ])('%s', (xml, words, kind = 'refused') => {
    const { obstacles } = parseGuestXml(domain(xml));
    expect(obstacles).toEqual([{ what: expect.stringMatching(words) as string, kind }]);
  });

  it.each([
    `${invtsc}<clock><timer name='tsc' frequency='2500000000'/></clock>`,
    "<cpu><feature policy='disable' name='invtsc'/></cpu>",
    "<devices><shmem name='s' role='master'><model type='ivshmem-plain'/></shmem></devices>",
    "<devices><interface type='network'/></devices>",
    "<devices><interface type='user'/></devices>",
    "<devices><interface type='hostdev'><teaming type='transient' persistent='ua-1'/></interface></devices>",
    "<devices><hostdev mode='subsystem' type='pci'><teaming type='transient'/></hostdev></devices>",
    "<devices><memory model='dimm'><address type='dimm' slot='0' base='0x1'/></memory></devices>",
  ])('is not %s', (xml) => {
    expect(parseGuestXml(domain(xml)).obstacles).toEqual([]);
  });
});
