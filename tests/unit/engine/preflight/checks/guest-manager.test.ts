import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPlanOptions } from '../../../../../electron/engine/plan.ts';
import { guestManagerCheck } from '../../../../../electron/engine/preflight/checks/guest-manager.ts';
import { parseGuestXml } from '../../../../../electron/engine/preflight/facts/guest-xml.ts';
import { findingsOf, verdict } from '../fake-context.ts';

const domain = (inner: string): string =>
  `<domain type='kvm'><name>web01</name><uuid>11111111-2222-3333-4444-555555555555</uuid>${inner}</domain>`;
const notes = (uri: string, name = 'x:note'): string =>
  `<metadata><${name} xmlns${name.includes(':') ? ':x' : ''}='${uri}'/></metadata>`;
const maker = (name: string): string =>
  `<sysinfo type='smbios'><system><entry name='product'>P</entry><entry name='manufacturer'>${name}</entry></system></sysinfo>`;
const parsed = (inner: string) => parseGuestXml(domain(inner));

describe('who manages a guest', () => {
  it.each([
    ['http://openstack.org/xmlns/libvirt/nova/1.0', 'OpenStack'],
    ['http://openstack.org/xmlns/libvirt/nova/1.1', 'OpenStack'],
    ['http://ovirt.org/vm/1.0', 'oVirt'],
    ['http://ovirt.org/vm/tune/1.0', 'oVirt'],
    ['http://opennebula.org/xmlns/libvirt/1.0', 'OpenNebula'],
    ['http://kubevirt.io', 'KubeVirt'],
  ])('notes of %s: %s', (uri, name) => {
    expect(parsed(notes(uri))).toMatchObject({ manager: { name }, unknownNotes: [] });
    expect(parsed(notes(uri, 'note')).manager?.evidence).toContain(uri);
  });

  it.each([
    ['OpenStack Foundation', 'OpenStack'],
    ['Apache Software Foundation', 'CloudStack'],
    ['KubeVirt', 'KubeVirt'],
  ])('made by "%s": %s', (by, name) => {
    expect(parsed(maker(by)).manager?.name).toBe(name);
  });

  it.each([
    ['nothing', ''],
    ['notes of what it was installed from', notes('http://libosinfo.org/xmlns/libvirt/domain/1.0')],
    ['another maker', maker('Dell Inc.')],
    ['the address of a manager as a value', `<description>http://ovirt.org/vm/1.0</description>`],
  ])('nobody, by %s', (_words, inner) => {
    expect(parsed(inner)).toMatchObject({ manager: undefined, unknownNotes: [] });
  });

  it('names notes of others, in characters that can be shown', () => {
    expect(parsed(notes('urn:farm&#x202e;x')).unknownNotes).toEqual(['urn:farmx']);
  });

  it('takes no address that merely begins or ends like one of a manager', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z.]{1,12}$/), (word) => {
        for (const uri of [`http://${word}/ovirt.org/vm/1.0`, `http://kubevirt.io.${word}`]) {
          expect(parsed(notes(uri)).manager).toBeUndefined();
        }
      }),
    );
  });
});

describe('whether another program manages the guest', () => {
  const { manager } = parsed(notes('http://openstack.org/xmlns/libvirt/nova/1.1'));
  const options = { ...defaultPlanOptions, ignoreManager: true };

  it('forbids the move, and says how the manager does it', async () => {
    const [finding] = await findingsOf(guestManagerCheck, { guest: { manager } });
    expect(finding).toMatchObject({ level: 'error', id: 'guest.manager' });
    expect(finding?.remedy).toMatch(/^Let OpenStack move it: openstack server migrate.*--ignore-manager$/);
  });

  it('only warns who has consented', async () => {
    expect(await verdict(guestManagerCheck, { guest: { manager }, context: { options } })).toEqual([
      'warning guest.manager',
    ]);
  });

  it('is no matter where nobody does, consent or not', async () => {
    expect(await verdict(guestManagerCheck)).toEqual(['ok guest.manager']);
    expect(await verdict(guestManagerCheck, { context: { options } })).toEqual(['ok guest.manager']);
    expect(await verdict(guestManagerCheck, { guest: { unknownNotes: ['urn:x'] } })).toEqual([
      'info guest.manager',
    ]);
  });
});
