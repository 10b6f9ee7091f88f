import type { GuestSnapshot, HostSnapshot } from '../../../electron/ipc/views.ts';

const GiB = 1024 ** 3;
const now = Date.now();

function guest(name: string, over: Partial<GuestSnapshot> = {}): GuestSnapshot {
  return {
    uuid: `uuid-${name}`,
    name,
    state: 'running',
    stateReason: 'booted',
    vcpus: 2,
    memoryBytes: GiB,
    persistent: true,
    details: 'read',
    disks: [
      {
        target: 'vda',
        kind: 'network',
        source: `rbd/images/${name}`,
        format: 'raw',
        readOnly: false,
      },
    ],
    obstacles: [],
    ...over,
  };
}

const file = (target: string, name: string) => ({
  ...{ target, kind: 'file' as const, format: 'qcow2', readOnly: false },
  source: `/var/lib/libvirt/images/${name}.qcow2`,
});

export const web01 = guest('web01');

/** The same guest with two disks on its host. */
export const web01OnFiles = guest('web01', { disks: [file('vda', 'web01'), file('vdb', 'web01-data')] });

export const db01 = guest('db01', {
  vcpus: 4,
  memoryBytes: 8 * GiB,
  disks: [
    {
      target: 'vda',
      kind: 'file',
      source: '/var/lib/libvirt/images/db01.qcow2',
      format: 'qcow2',
      readOnly: false,
    },
    { target: 'sda', kind: 'file', source: '', format: undefined, readOnly: true },
  ],
  obstacles: [
    { kind: 'local disk', text: 'vda is a file on alpha: /var/lib/libvirt/images/db01.qcow2' },
    { kind: 'snapshot', text: 'It has 2 snapshots; libvirt leaves them behind.' },
  ],
});

const alphaGuests = [
  web01,
  db01,
  guest('build-runner-with-a-rather-long-name-07', { vcpus: 16, memoryBytes: 32 * GiB }),
  guest('mail', { state: 'paused', stateReason: 'paused by the user' }),
  guest('gpu-train', {
    vcpus: 8,
    memoryBytes: 64 * GiB,
    obstacles: [{ kind: 'passthrough', text: 'It holds the PCI device 0000:3b:00.0 of alpha.' }],
  }),
  guest('old-wiki', { state: 'shut off', stateReason: 'shut down' }),
  guest('template-debian12', { state: 'shut off', stateReason: 'shut down' }),
];

export const alpha: HostSnapshot = {
  id: 'alpha',
  name: 'alpha.lab',
  connectUri: 'qemu+ssh://root@alpha.lab/system',
  generation: 1,
  connection: { kind: 'connected', sinceMs: now - 3_600_000, transport: 'ssh', notes: [] },
  security: { level: 'verified', summary: 'ssh; the host key is the one in your known_hosts.' },
  versions: { libvirt: '9.0.0', hypervisor: 'QEMU 7.2.17' },
  load: { cpus: 32, cpuUsed: 0.41, memoryTotalBytes: 128 * GiB, memoryFreeBytes: 22.4 * GiB },
  guests: alphaGuests,
  guestsGeneration: 1,
  readOnly: undefined,
  unanswered: [],
};

export const beta: HostSnapshot = {
  id: 'beta',
  name: 'beta.lab',
  connectUri: 'qemu+tls://beta.lab/system',
  generation: 1,
  connection: {
    kind: 'connected',
    sinceMs: now - 3_600_000,
    transport: 'tls',
    notes: ['The server forbids forwarding to its socket; virt-ssh-helper is used instead.'],
  },
  security: { level: 'verified', summary: "TLS; the host's certificate is signed by the CA you trust." },
  versions: { libvirt: '9.0.0', hypervisor: 'QEMU 7.2.17' },
  load: { cpus: 32, cpuUsed: 0.08, memoryTotalBytes: 128 * GiB, memoryFreeBytes: 96 * GiB },
  guests: [guest('proxy'), guest('dns2', { vcpus: 1, memoryBytes: GiB / 2 })],
  guestsGeneration: 1,
  readOnly: undefined,
  unanswered: [],
};

export const gamma: HostSnapshot = {
  ...beta,
  id: 'gamma',
  name: 'gamma.lab',
  connectUri: 'qemu+tcp://gamma.lab/system',
  connection: {
    kind: 'reconnecting',
    sinceMs: now - 190_000,
    sentence: 'gamma.lab did not answer within 10 s (10.0.0.7, port 16509).',
    nextTryMs: now + 24_000,
  },
  security: { level: 'insecure', summary: 'Plain TCP: anyone on the way can read and change it.' },
  load: undefined,
  guests: [guest('lab-scratch')],
};

export const delta: HostSnapshot = {
  ...gamma,
  id: 'delta',
  name: 'delta.lab',
  connectUri: 'qemu+ssh://root@delta.lab/system',
  connection: {
    kind: 'lost',
    sinceMs: now - 7_400_000,
    sentence: 'The host key of delta.lab is not the one in known_hosts.',
    remedy: 'Compare the fingerprints; remove the old entry only if the host was installed anew.',
  },
  security: { level: 'unknown', summary: 'Not connected.' },
  versions: undefined,
  guests: undefined,
};

export const connecting: HostSnapshot = {
  ...delta,
  connection: { kind: 'connecting', sentence: 'Connecting to delta.lab over ssh.' },
};
