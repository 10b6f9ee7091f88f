import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ViaductError } from '../../../electron/common/errors.ts';
import { attribute, elements, parseXml, text } from '../../../electron/common/xml.ts';
import { commonGround, type GuestShape } from '../../../electron/rehearsal/common-ground.ts';
import { readMark } from '../../../electron/rehearsal/mark.ts';
import {
  isThrowAwayName,
  newThrowAwayGuest,
  startFlags,
  throwAwayGuestXml,
} from '../../../electron/rehearsal/throw-away-guest.ts';
import { capabilitiesXml, type Offer } from './capabilities.ts';

const mark = { process: 4711, workstation: '0a1b2c3d', begunMs: 1_795_000_000_000 };
const other = { uuid: 'ca8e62bd-76bf-4628-c2d0-3a8f58b1a8c8' };

function between(source: Offer, destination: Offer): GuestShape {
  return commonGround(
    { name: 'alpha', capabilities: capabilitiesXml(source) },
    { name: 'beta', capabilities: capabilitiesXml({ ...other, ...destination }) },
  );
}

describe('what two hosts have in common', () => {
  const pc = { virtType: 'kvm', arch: 'x86_64', machine: 'pc-q35-7.2' };
  it.each<[string, Offer, Offer, GuestShape | object]>([
    ['KVM where both have it', {}, {}, pc],
    ['QEMU where one has no KVM', {}, { types: { qemu: [] } }, { ...pc, virtType: 'qemu' }],
    [
      'the newest version that both know, as numbers go',
      { machines: ['pc-q35-7.2', 'pc-q35-10.0', 'pc-q35-9.2'] },
      { machines: ['pc-q35-10.0', 'pc-q35-9.2', 'pc-q35-11.1'] },
      { ...pc, machine: 'pc-q35-10.0' },
    ],
    [
      'the older board where that is all they share',
      { machines: ['pc-q35-9.2', 'pc-i440fx-7.2'] },
      { machines: ['pc-q35-7.2', 'pc-i440fx-7.2'] },
      { ...pc, machine: 'pc-i440fx-7.2' },
    ],
    [
      'what an alias stands for, not the alias',
      { machines: [], aliases: { q35: 'pc-q35-8.2' } },
      { machines: ['pc-q35-8.2'], aliases: { q35: 'pc-q35-9.2' } },
      { ...pc, machine: 'pc-q35-8.2' },
    ],
    [
      'nothing that is on its way out',
      { machines: ['pc-q35-7.2'], deprecated: ['pc-q35-9.0'] },
      { machines: ['pc-q35-7.2', 'pc-q35-9.0'] },
      pc,
    ],
    [
      'what is listed for the virtualization type alone',
      { machines: ['pc-q35-9.2'], types: { kvm: ['pc-q35-6.2'] } },
      { machines: ['pc-q35-9.2', 'pc-q35-6.2'], types: { kvm: [] } },
      { ...pc, machine: 'pc-q35-6.2' },
    ],
    [
      'a board of another architecture',
      { arch: 'aarch64', machines: ['raspi3b', 'virt-8.2'] },
      { arch: 'aarch64', machines: ['raspi3b', 'virt-8.2'] },
      { virtType: 'kvm', arch: 'aarch64', machine: 'virt-8.2' },
    ],
  ])('%s', (_what, source, destination, shape) => {
    expect(between(source, destination)).toEqual(shape);
  });

  it.each<[string, Offer, Offer, string]>([
    ['other processors', {}, { arch: 'aarch64' }, 'rehearsal.architecture'],
    ['no processor told', { arch: '' }, { arch: '' }, 'rehearsal.architecture'],
    ['no machine type', { machines: ['pc-q35-7.2'] }, { machines: ['pc-q35-8.2'] }, 'rehearsal.machine'],
    [
      'boards that need more',
      { machines: ['none', 'microvm'] },
      { machines: ['none', 'microvm'] },
      'rehearsal.machine',
    ],
    ['guests of another kind only', { osType: 'xen' }, {}, 'rehearsal.machine'],
    ['guests of another architecture only', { guestArch: 'i686' }, {}, 'rehearsal.machine'],
    ['one host twice', {}, { uuid: 'be5d334b-c032-bc4a-2975-78945090e8b9' }, 'rehearsal.same-host'],
  ])('refuses %s, and says what to do', (_what, source, destination, code) => {
    const refused = (): GuestShape => between(source, destination);
    expect(refused).toThrow(expect.objectContaining({ code, remedy: expect.any(String) as string }));
  });
});

describe('the throw-away guest', () => {
  const read = (shape: GuestShape) => parseXml(throwAwayGuestXml(newThrowAwayGuest(), shape, mark), 'domain');
  const shape: GuestShape = { virtType: 'qemu', arch: 'x86_64', machine: 'pc-q35-7.2' };

  it('has nothing of anybody’s, and says whose it is', () => {
    const guest = newThrowAwayGuest();
    const root = parseXml(throwAwayGuestXml(guest, shape, mark), 'domain');
    expect(elements(root, 'devices/*').map(({ nodeName }) => nodeName)).toEqual(['controller', 'memballoon']);
    expect([attribute(root, 'memory', 'unit'), text(root, 'memory'), text(root, 'vcpu')]).toEqual([
      'MiB',
      '64',
      '1',
    ]);
    expect(isThrowAwayName(guest.name)).toBe(true);
    expect(text(root, 'uuid')).toBe(guest.uuid);
    expect(elements(root, 'metadata/viaduct:rehearsal')).toHaveLength(1);
  });

  it('runs where its firmware idles, and stays paused elsewhere', () => {
    expect(startFlags(shape)).toBe(0);
    expect(startFlags({ ...shape, arch: 's390x' })).toBe(1);
  });

  it('asks for the host’s CPU only where KVM gives no other', () => {
    expect(attribute(read({ virtType: 'kvm', arch: 'aarch64', machine: 'virt' }), 'cpu', 'mode')).toBe(
      'host-passthrough',
    );
    expect(elements(read({ ...shape, virtType: 'kvm' }), 'cpu')).toEqual([]);
  });

  it('is the same document whatever hosts say of themselves', () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "pc-q35-7.2'/><disk/>",
        'pc-q35-<x>',
        '</domain>',
        'pc-q35-7.2\n',
        '../../x',
        'pc-q35-1.0',
      ),
    );
    const usual = (given: string): string => given.replace(/[^\P{C}]|[\uD800-\uDFFF]/gu, '');
    fc.assert(
      fc.property(
        fc.oneof(fc.constant('x86_64'), hostile),
        fc.array(hostile),
        hostile,
        (arch, machines, type) => {
          const offer: Offer = {
            arch: usual(arch),
            machines: machines.map(usual),
            types: { kvm: [], qemu: machines.map(usual), [usual(type)]: [] },
          };
          let found: GuestShape;
          try {
            found = between(offer, offer);
          } catch (error) {
            expect(error).toBeInstanceOf(ViaductError);
            return;
          }
          const root = read(found);
          expect(elements(root, '*').map(({ nodeName }) => nodeName)).toEqual(
            elements(read(shape), '*')
              .map(({ nodeName }) => nodeName)
              .filter((name) => name !== 'features' || found.arch === 'x86_64' || found.arch === 'i686'),
          );
          expect(attribute(root, 'os/type', 'machine')).toBe(found.machine);
        },
      ),
    );
    const evil: Offer = { arch: 'x86_64', machines: ["pc-q35-9.9'/><disk/>", 'pc-q35-7.2'] };
    expect(between(evil, evil).machine).toBe('pc-q35-7.2');
  });
});

it('the mark is read as it was written, from what a daemon gives', () => {
  const given = `<rehearsal process="${mark.process}" workstation="${mark.workstation}" begun="${mark.begunMs}"/>`;
  expect(readMark(given)).toEqual(mark);
});
