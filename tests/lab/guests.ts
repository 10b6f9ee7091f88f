import { join } from 'node:path';
import { mustRunOnHost } from './host.ts';
import {
  allHosts,
  guestImageDir,
  guestLogDir,
  type GuestName,
  guestNames,
  type HostLayout,
  hosts,
  imagesDir,
} from './layout.ts';
import type { Progress } from './progress.ts';
import { lastLine } from './serial-log.ts';
import { virsh } from './virsh.ts';
import { waitFor } from './wait-for.ts';

export interface GuestSpec {
  name: string;
  uuid: string;
  memoryMiB: number;
  /** Settings of guest/init.c. */
  settings: Record<string, string | number>;
  disk?: string;
}

export const guests: Record<GuestName, GuestSpec> = {
  web01: {
    name: 'web01',
    uuid: 'a1f0c7de-0001-4b6e-9a53-76e0b1a2c301',
    memoryMiB: 1024,
    settings: { LAB_FILL_MIB: 600, LAB_DIRTY_MIBPS: 10 },
  },
  db01: {
    name: 'db01',
    uuid: 'a1f0c7de-0002-4b6e-9a53-76e0b1a2c302',
    memoryMiB: 256,
    settings: { LAB_DISK: '/dev/vda' },
    disk: `${imagesDir}/db01.qcow2`,
  },
};

const DB01_DISK_MIB = 256;
/** What db01's disk holds from the start; the guest itself writes only from 192 MiB on. */
export const db01Pattern = [
  { offsetMiB: 0, lengthMiB: 32, byte: 0x5a },
  { offsetMiB: 96, lengthMiB: 16, byte: 0xc3 },
] as const;

/** On a machine that is idle it takes half a minute; a busy one may take several. */
const READY_TIMEOUT_MS = 240_000;

/** Guests always start here. */
const home = hosts.alpha;

/** The storage pool on both hosts, the guests on alpha, running. The hosts must be empty. */
export async function layOutGuests(progress: Progress): Promise<void> {
  const pools = allHosts.map((host) => definePool(host));
  await pools[allHosts.indexOf(home)];
  await Promise.all([...pools, ...guestNames.map((name) => startGuest(guests[name], progress))]);
}

async function definePool(host: HostLayout): Promise<void> {
  const xml = `<pool type='dir'><name>images</name><target><path>${imagesDir}</path></target></pool>`;
  await defineFromXml(host, 'pool-define', 'images', xml);
  await virsh(host, ['pool-autostart', 'images']);
  await virsh(host, ['pool-start', 'images']);
}

/** On alpha; waits until it counts. */
export async function startGuest(guest: GuestSpec, progress: Progress): Promise<void> {
  await progress.step(`${guest.name} starts on ${home.fqdn}`, async () => {
    if (guest.disk !== undefined) await makeDisk(guest.disk);
    await defineFromXml(home, 'define', guest.name, domainXml(guest));
    await virsh(home, ['start', guest.name]);
    await waitFor(`${guest.name} prints its counter on ${home.fqdn}`, () => lastLine(home, guest.name), {
      timeoutMs: READY_TIMEOUT_MS,
    });
  });
}

async function makeDisk(path: string): Promise<void> {
  await mustRunOnHost(home, ['qemu-img', 'create', '-q', '-f', 'qcow2', path, `${DB01_DISK_MIB}M`]);
  const writes = db01Pattern.flatMap(({ offsetMiB, lengthMiB, byte }) => [
    '-c',
    `write -q -P ${byte} ${offsetMiB}M ${lengthMiB}M`,
  ]);
  await mustRunOnHost(home, ['qemu-io', '-f', 'qcow2', ...writes, path]);
}

/** virsh reads definitions from files only, so the file is written through its standard input. */
async function defineFromXml(host: HostLayout, verb: string, name: string, xml: string): Promise<void> {
  const file = `/run/lab-${name}.xml`;
  await mustRunOnHost(host, ['tee', file], { stdin: xml });
  await virsh(host, [verb, file]);
}

function domainXml(guest: GuestSpec): string {
  const settings = Object.entries(guest.settings).map(([name, value]) => `${name}=${value}`);
  const commandLine = [
    'console=ttyS0',
    'quiet',
    'loglevel=3',
    'panic=-1',
    'nokaslr',
    'mitigations=off',
    ...settings,
  ];
  const disk = guest.disk === undefined ? '' : diskXml(guest.disk);
  return `
<domain type='qemu'>
  <name>${guest.name}</name>
  <uuid>${guest.uuid}</uuid>
  <memory unit='MiB'>${guest.memoryMiB}</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>${join(guestImageDir, 'vmlinuz')}</kernel>
    <initrd>${join(guestImageDir, 'initrd')}</initrd>
    <cmdline>${commandLine.join(' ')}</cmdline>
  </os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact'><model>qemu64</model></cpu>
  <on_reboot>destroy</on_reboot>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>${disk}
    <serial type='file'>
      <source path='${guestLogDir}/${guest.name}-serial.log' append='on'/>
      <target port='0'/>
    </serial>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
`;
}

function diskXml(path: string): string {
  return `
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/>
      <source file='${path}'/>
      <target dev='vda' bus='virtio'/>
    </disk>`;
}
