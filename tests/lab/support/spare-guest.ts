import { join } from 'node:path';
import { guestImageDir } from '../layout.ts';
import type { HostName, Lab } from '../lab.ts';

export interface SpareGuest {
  name?: string;
  uuid?: string;
  /** XML below `<domain>`, as `<metadata>`. */
  definition?: string;
  /** XML below `<devices>`. */
  devices?: string;
  emulator?: string;
  /** Default 64. */
  memoryMiB?: number;
  /** In full; default that of a plain QEMU guest. */
  cpu?: string;
  kernel?: string;
  /** Default 1. */
  vcpus?: number;
  /** Only defined, on whatever host; default: started, standing still. */
  shutOff?: boolean;
}

export const spareUuid = 'a1f0c7de-0009-4b6e-9a53-76e0b1a2c309';

/** A guest beside those of the lab, made to order and standing still, until disposed of. */
export async function startSpare(lab: Lab, host: HostName, spare: SpareGuest = {}): Promise<AsyncDisposable> {
  const {
    name = 'spare',
    uuid = spareUuid,
    definition = '',
    devices = '',
    memoryMiB = 64,
    vcpus = 1,
  } = spare;
  const file = `/run/lab-${name}.xml`;
  const xml = `
<domain type='qemu'>
  <name>${name}</name>
  <uuid>${uuid}</uuid>
  ${definition}
  <memory unit='MiB'>${memoryMiB}</memory>
  <vcpu>${vcpus}</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${spare.kernel ?? join(guestImageDir, 'vmlinuz')}</kernel>
  </os>
  <features><acpi/></features>
  ${spare.cpu ?? "<cpu mode='custom' match='exact'><model>qemu64</model></cpu>"}
  <devices>
    <emulator>${spare.emulator ?? '/usr/bin/qemu-system-x86_64'}</emulator>
    ${devices}
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
`;
  await lab.mustRun(host, ['tee', file], { stdin: xml });
  await lab.virsh(host, spare.shutOff === true ? ['define', file] : ['create', '--paused', file]);
  return {
    async [Symbol.asyncDispose]() {
      await lab.run(host, ['virsh', 'destroy', name]);
      await lab.run(host, ['virsh', 'snapshot-delete', name, '--current', '--metadata']);
      await lab.run(host, ['virsh', 'undefine', name]);
    },
  };
}
