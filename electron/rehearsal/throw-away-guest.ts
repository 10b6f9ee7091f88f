import { randomBytes, randomUUID } from 'node:crypto';
import { domainCreateFlags } from '../libvirt/index.ts';
import type { GuestShape } from './common-ground.ts';
import { markXml, type Mark } from './mark.ts';

/** The guest of one rehearsal: known by its UUID wherever it is. */
export interface ThrowAwayGuest {
  name: string;
  uuid: string;
}

export function newThrowAwayGuest(): ThrowAwayGuest {
  return { name: `viaduct-rehearsal-${randomBytes(4).toString('hex')}`, uuid: randomUUID() };
}

/** Whether a guest of this name could be one of ours; its mark decides. */
export function isThrowAwayName(name: string): boolean {
  return /^viaduct-rehearsal-[0-9a-f]{8}$/.test(name);
}

/**
 * A definition with nothing in it that belongs to anybody: no disk, no network, no screen, nothing to boot from.
 * libvirt adds what the board itself needs. The words of `shape` have been checked.
 */
export function throwAwayGuestXml({ name, uuid }: ThrowAwayGuest, shape: GuestShape, mark: Mark): string {
  // To leave it out is an option of QEMU that newer ones refuse; other boards have it with UEFI only.
  const features = isPc(shape) ? '<features><acpi/></features>' : '';
  // KVM on this architecture has no other model.
  const cpu = shape.virtType === 'kvm' && shape.arch === 'aarch64' ? "<cpu mode='host-passthrough'/>" : '';
  return `<domain type='${shape.virtType}'>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  <title>A rehearsal of Viaduct; holds nothing</title>
  <metadata>${markXml(mark)}</metadata>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='${shape.arch}' machine='${shape.machine}'>hvm</type></os>
  ${features}${cpu}
  <devices>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>`;
}

/**
 * `domainCreateFlags` to start it with. A PC's firmware idles when it finds nothing to boot; others stop the guest or
 * run wild, so there it stays paused, and is migrated like that.
 */
export function startFlags(shape: GuestShape): number {
  return isPc(shape) ? 0 : domainCreateFlags.paused;
}

function isPc({ arch }: GuestShape): boolean {
  return arch === 'x86_64' || arch === 'i686';
}
