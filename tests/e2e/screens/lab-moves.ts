import type {
  DataStream,
  Finding,
  MigrationResult,
  MigrationSnapshot,
  PlanOptions,
  ProgressSample,
  StreamConnection,
} from '../../../electron/ipc/views.ts';
import { receiptFor } from './lab-receipts.ts';
import type { World } from './fake-channel.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

type Review = NonNullable<World['review']>;

const options: PlanOptions = {
  mode: 'native-tls',
  control: 'managed',
  allowPlaintext: false,
  disks: 'none',
  autoConverge: false,
  postCopy: false,
  persist: false,
  keepSourceDefinition: false,
  offline: false,
};

const fingerprint = Array.from({ length: 32 }, (_, index) => `${index + 10}`).join(':');

const fromHostToHost: StreamConnection = {
  ...{ from: 'source', to: 'destination', address: 'beta.lab', expectedName: 'beta.lab' },
  login: 'CN=alpha.lab',
  cipher: { protocol: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384', seenIn: 'trial' },
};

const control: DataStream[] = [
  {
    name: 'control to source',
    path: 'this computer to alpha.lab, port 22',
    encrypted: true,
    authenticated: true,
    by: 'ssh; the host key is known, you are known by your key',
    evidence: 'Host key SHA256:Jd8s… found in known_hosts.',
    connections: [
      {
        ...{ from: 'client', to: 'source', address: 'alpha.lab', login: 'root' },
        port: { kind: 'port', number: 22 },
        identity: {
          what: 'SSH host key',
          subject: 'ssh-ed25519',
          fingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLZ7wUVAWQ3V5y2Qxo',
        },
        cipher: { protocol: 'SSH 2.0', suite: 'aes256-gcm@openssh.com', seenIn: 'connection' },
      },
    ],
  },
  {
    name: 'control to destination',
    path: 'this computer to beta.lab, port 16514',
    encrypted: true,
    authenticated: true,
    by: "TLS 1.3; each end verifies the other's certificate",
    evidence: 'Handshake done; the certificate names beta.lab.',
    connections: [
      {
        ...{ from: 'client', to: 'destination', address: 'beta.lab', expectedName: 'beta.lab' },
        port: { kind: 'port', number: 16_514 },
        identity: { what: 'certificate of libvirt’s daemon', subject: 'CN=beta.lab', fingerprint },
        login: 'CN=admin',
        cipher: { protocol: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384', seenIn: 'connection' },
      },
    ],
  },
];

export const encrypted: DataStream[] = [
  ...control,
  {
    name: 'memory and device state',
    path: 'alpha.lab to tcp://beta.lab, a port of 49152-49215',
    encrypted: true,
    authenticated: true,
    by: "QEMU TLS; each end verifies the other's certificate",
    evidence: "beta's certificate names beta.lab, is signed by the CA that alpha trusts, until 2027-03-04.",
    connections: [
      {
        ...fromHostToHost,
        port: { kind: 'range', first: 49_152, last: 49_215 },
        identity: { what: 'QEMU server certificate', subject: 'CN=beta.lab', fingerprint },
      },
    ],
  },
];

const throughDaemons = {
  encrypted: true,
  authenticated: true,
  by: 'TLS of libvirt; alpha.lab verifies that the daemon is beta.lab, and beta.lab lets it in as CN=alpha.lab, by tls_allowed_dn_list in /etc/libvirt/libvirtd.conf',
  evidence: 'tried from alpha.lab: the daemon let its certificate in and asks for nothing more',
};

/** What is copied as well goes as the memory does. */
const withDisk: DataStream[] = [
  ...encrypted,
  ...encrypted.slice(-1).map((memory): DataStream => ({
    ...memory,
    name: 'disk vda',
    path: 'alpha.lab to tcp://beta.lab, a port of its own for NBD',
  })),
];

const relayed: DataStream[] = [
  ...control,
  {
    name: 'memory and device state',
    path: 'alpha.lab to this machine to beta.lab, by SSH, with a unix socket at each host',
    encrypted: true,
    authenticated: true,
    by: 'SSH on both legs; this machine verifies the host keys of alpha.lab and beta.lab.',
    evidence: 'OpenSSH of this machine logged in at alpha.lab and beta.lab for the checks.',
    connections: (['source', 'destination'] as const).map((to) => ({
      ...{ from: 'client' as const, to, address: to === 'source' ? 'alpha.lab' : 'beta.lab' },
      port: { kind: 'inside' as const, carrier: 'ssh-session' as const },
    })),
  },
];

const betweenDaemons: StreamConnection = {
  ...fromHostToHost,
  identity: { what: 'libvirt server certificate', subject: 'CN=beta.lab', fingerprint },
};

const tunnelled: DataStream[] = [
  ...control,
  {
    name: 'control between the daemons',
    path: 'alpha.lab to qemu+tls://beta.lab/system',
    ...throughDaemons,
    connections: [{ ...betweenDaemons, port: { kind: 'port', number: 16_514 } }],
  },
  {
    name: 'memory and device state',
    path: 'alpha.lab to qemu+tls://beta.lab/system, through the two daemons inside their connection',
    ...throughDaemons,
    connections: [{ ...betweenDaemons, port: { kind: 'inside', carrier: 'daemons-connection' } }],
  },
];

export const inTheClear: DataStream[] = [
  ...control,
  {
    name: 'memory and device state',
    path: 'alpha.lab to tcp://beta.lab, a port of 49152-49215',
    encrypted: false,
    authenticated: false,
    by: 'nobody',
    evidence: 'The mode is plain.',
    connections: [
      {
        ...{ from: 'source', to: 'destination', address: 'beta.lab' },
        port: { kind: 'range', first: 49_152, last: 49_215 },
      },
    ],
  },
];

const fine: Finding[] = [
  { id: 'connect.source', side: 'source', level: 'ok', summary: 'Both connections to alpha.lab answer.' },
  { id: 'versions', side: 'between', level: 'ok', summary: 'libvirt 9.0.0 and QEMU 7.2.17 on both.' },
  {
    id: 'name.free',
    side: 'destination',
    level: 'ok',
    summary: 'No guest of that name or UUID on beta.lab.',
  },
  {
    id: 'cpu',
    side: 'destination',
    level: 'ok',
    summary: 'beta.lab accepts the CPU model Skylake-Server and machine pc-q35-7.2.',
  },
  {
    id: 'tls.destination.name',
    side: 'destination',
    level: 'ok',
    summary: "beta's certificate names beta.lab.",
    evidence: 'subjectAltName: DNS beta.lab, IP 10.0.0.5; until 2027-03-04',
  },
  { id: 'ports', side: 'between', level: 'ok', summary: 'alpha.lab reaches the data ports of beta.lab.' },
];

const changes = [
  { side: 'source' as const, text: 'web01 is gone from alpha.lab, its definition too.' },
  { side: 'destination' as const, text: 'web01 is defined and runs on beta.lab.' },
];

const base = {
  generation: 1,
  guest: { uuid: 'uuid-web01', name: 'web01' },
  sourceHostId: 'alpha',
  destinationHostId: 'beta',
};

export const cleanReview: Review = {
  ...base,
  state: 'done',
  pending: [],
  findings: fine,
  streams: encrypted,
  plan: { changes, migrateUri: 'tcp://beta.lab' },
  sentence: 'Encrypted with QEMU-native TLS: 1 GiB of memory. Nothing is in the way.',
  canMigrate: true,
};

export const withDiskReview: Review = { ...cleanReview, streams: withDisk };

export const relayedReview: Review = {
  ...cleanReview,
  streams: relayed,
  plan: { changes, migrateUri: undefined },
  sentence: 'Encrypted by SSH through this computer: 1 GiB of memory. Nothing is in the way.',
};

export const checkingReview: Review = {
  ...cleanReview,
  state: 'checking',
  pending: ["beta's certificates", 'the data ports'],
  findings: fine.slice(0, 3),
  streams: [],
  plan: undefined,
  sentence: 'Checking.',
  canMigrate: false,
};

export const blockedReview: Review = {
  ...cleanReview,
  findings: [
    {
      id: 'tls.destination.name',
      check: 'tls.destination.name',
      reason:
        'QEMU on the source always compares the name that it connects to, and nothing can switch that off.',
      side: 'destination',
      level: 'error',
      summary: "beta's certificate is for 10.0.0.5, but alpha reaches it as beta.lab.",
      evidence: '/etc/pki/qemu/server-cert.pem\nsubjectAltName: IP 10.0.0.5',
      remedy: 'Issue a certificate that names beta.lab, or move to the data address 10.0.0.5.',
    },
    {
      id: 'network.ports',
      side: 'between',
      level: 'unknown',
      summary: 'It could not be found out whether alpha reaches the data ports of beta.',
      remedy: 'Open 49152-49215 on beta.lab for alpha.lab and check again.',
    },
    {
      id: 'clock',
      side: 'destination',
      level: 'warning',
      summary: "beta's clock is 94 s behind alpha's.",
      remedy: 'Let both follow a time server; certificates are judged by the clock.',
    },
    ...fine.slice(0, 4),
  ],
  sentence: "Can't move yet: 1 thing to fix.",
  canMigrate: false,
};

export const unreachableReview: Review = {
  ...cleanReview,
  findings: [
    {
      id: 'connection.destination',
      side: 'destination',
      level: 'error',
      summary: 'beta.lab cannot be reached: nothing listens on port 22.',
      evidence: 'qemu+ssh://root@beta.lab/system',
      remedy: 'Check that sshd runs on beta.lab, and that no firewall is in the way.',
    },
    {
      id: 'preflight.left-out.destination',
      side: 'destination',
      level: 'unknown',
      summary: '24 checks were left out because beta.lab cannot be asked.',
      remedy: 'Mend that first, then run the checks again.',
    },
  ],
  streams: control.slice(0, 1),
  plan: undefined,
  sentence: "Can't move yet: 1 thing to fix.",
  canMigrate: false,
};

export const plainReview: Review = {
  ...cleanReview,
  findings: [
    {
      id: 'policy.plaintext',
      side: 'between',
      level: 'warning',
      summary: 'Memory and device state cross in the clear.',
      remedy: 'Use native TLS wherever both hosts have certificates.',
    },
    ...fine.slice(0, 4),
  ],
  streams: inTheClear,
  sentence: 'In the clear: anyone on the way can read the guest.',
};

export const tunnelledReview: Review = {
  ...cleanReview,
  findings: [
    ...fine,
    {
      id: 'control.login',
      side: 'between',
      level: 'ok',
      summary: 'alpha.lab can log in at beta.lab as CN=alpha.lab.',
      evidence: 'qemu+tls://beta.lab/system (the host of the URI by which Viaduct reaches it)',
    },
  ],
  streams: tunnelled,
  plan: { changes, migrateUri: undefined },
  sentence: "Encrypted inside the daemons' connection: 1 GiB of memory. Nothing is in the way.",
};

function samples(until: number, dirtyRateMiBps: number): ProgressSample[] {
  return Array.from({ length: until }, (_, index) => {
    const seconds = index * 0.5;
    const iteration = seconds < 9 ? 1 : Math.min(6, 2 + Math.floor((seconds - 9) / 3));
    return {
      elapsedMs: seconds * 1000,
      percent: Math.min(97, seconds * 5.4),
      bandwidthBps: (108 + 6 * Math.sin(index / 3) - (index < 2 ? 60 : 0)) * MiB,
      dirtyRateBps: (dirtyRateMiBps + dirtyRateMiBps * 0.12 * Math.cos(index / 2)) * MiB,
      remainingBytes: Math.max(40, 1024 - seconds * 55) * MiB,
      iteration,
    };
  });
}

export const running: MigrationSnapshot = {
  ...base,
  migrationId: 'move-1',
  options,
  streams: encrypted,
  changes,
  startedAtMs: Date.now() - 12_400,
  phases: [
    { phase: 'begin', startedMs: 0, endedMs: 140 },
    { phase: 'prepare', startedMs: 140, endedMs: 910 },
    { phase: 'perform', startedMs: 910, endedMs: undefined },
  ],
  progress: {
    percent: 62.4,
    memory: {
      totalBytes: GiB,
      processedBytes: 640 * MiB,
      remainingBytes: 384 * MiB,
      bandwidthBps: 104 * MiB,
      dirtyRateBps: 31 * MiB,
      iteration: 2,
    },
    disk: { totalBytes: 0, processedBytes: 0, remainingBytes: 0, bandwidthBps: 0 },
    elapsedMs: 11_500,
    expectedDowntimeMs: 210,
  },
  samples: samples(23, 31),
  cancel: {
    possible: true,
    requested: false,
    sentence: 'Cancelling now stops the copy; web01 goes on running on alpha.lab.',
  },
  tuning: {
    bandwidth: { possible: true, sentence: 'Takes effect at once.' },
    maxDowntime: { possible: true, sentence: 'With a longer pause the copy ends sooner.' },
    throttle: {
      possible: false,
      sentence: 'Auto-converge has to be chosen before the guest starts to move.',
    },
    postCopy: {
      possible: false,
      sentence: 'Post-copy has to be allowed before the guest starts to move.',
    },
  },
  takenUp: false,
  actions: [],
  result: undefined,
  receipt: undefined,
  historyProblem: undefined,
};

/** Moved by the source's daemon, which tells of no phases. */
export const runningByDaemon: MigrationSnapshot = {
  ...running,
  options: { ...options, mode: 'tunnelled', control: 'p2p' },
  streams: tunnelled,
  phases: [{ phase: 'perform', startedMs: 210, endedMs: undefined }],
};

export const notConverging: MigrationSnapshot = {
  ...running,
  options: { ...options, control: 'p2p', bandwidthMiBps: 110, postCopy: true },
  phases: [{ phase: 'perform', startedMs: 0, endedMs: undefined }],
  tuning: {
    ...running.tuning,
    postCopy: {
      possible: true,
      sentence:
        'The guest goes on at the destination at once, and its memory follows. Until that is complete nothing can be cancelled, and the guest stops if the network between the hosts breaks.',
    },
  },
  actions: [
    {
      ...{ action: 'bandwidth', by: 'admin', state: 'done' },
      sentence: 'The transfer is limited to 110 MiB/s.',
      elapsedMs: 31_000,
    },
  ],
  startedAtMs: Date.now() - 94_000,
  progress: {
    percent: 91,
    memory: {
      totalBytes: GiB,
      processedBytes: 9.2 * GiB,
      remainingBytes: 402 * MiB,
      bandwidthBps: 108 * MiB,
      dirtyRateBps: 131 * MiB,
      iteration: 9,
    },
    disk: { totalBytes: 0, processedBytes: 0, remainingBytes: 0, bandwidthBps: 0 },
    elapsedMs: 93_000,
    expectedDowntimeMs: 3400,
  },
  samples: samples(186, 131),
};

/** Somebody has closed the ports between the hosts in the middle of the copy. */
export const stalled: MigrationSnapshot = {
  ...notConverging,
  progress: notConverging.progress && {
    ...notConverging.progress,
    memory: { ...notConverging.progress.memory, bandwidthBps: 0 },
    stalled: { what: 'data', forMs: 18_000 },
  },
};

/** Switched to post-copy by the admin: the guest runs on the destination, and part of its memory follows. */
export const fetching: MigrationSnapshot = {
  ...notConverging,
  progress: notConverging.progress && { ...notConverging.progress, postCopyRequests: 212 },
  cancel: {
    ...{ possible: false, requested: false },
    sentence:
      'Too late to cancel: the guest goes on at the destination and needs both hosts until all of its memory is there.',
  },
  tuning: {
    ...running.tuning,
    maxDowntime: {
      possible: false,
      sentence: 'The guest has had its pause: it was switched to post-copy.',
    },
    postCopy: { possible: false, sentence: 'It was switched to post-copy.' },
  },
  actions: [
    ...notConverging.actions,
    {
      ...{ action: 'post-copy', by: 'admin', state: 'done' },
      sentence: 'Switched to post-copy: the guest goes on at the destination.',
      elapsedMs: 84_000,
    },
  ],
};

export const offlineReview: Review = {
  ...cleanReview,
  findings: [
    {
      id: 'guest.disks',
      side: 'guest',
      level: 'warning',
      summary: 'Disk vda lies on alpha.lab alone: beta.lab has no /var/lib/libvirt/images/old-wiki.qcow2.',
      remedy:
        'No disk is copied in an offline move: see that it is on beta.lab before the guest is started there.',
    },
    ...fine.slice(0, 3),
  ],
  streams: control,
  plan: {
    changes: [
      { side: 'source', text: 'The definition of old-wiki is removed.' },
      { side: 'destination', text: 'old-wiki is defined here, shut off; nothing starts it.' },
      { side: 'source', text: 'The disks of old-wiki stay as they are; none is copied.' },
    ],
    migrateUri: undefined,
  },
  sentence: 'Only its definition moves; it stays shut off. 1 thing to look at.',
};

const result: MigrationResult = {
  outcome: 'migrated',
  guest: 'web01',
  uuid: 'uuid-web01',
  source: 'alpha.lab',
  destination: 'beta.lab',
  mode: 'native-tls',
  control: 'managed',
  runningOn: 'destination',
  totalMs: 19_840,
  downtimeMs: 187,
};

const receiptOf = (ended: MigrationResult) => receiptFor(ended, { streams: encrypted, changes });

function endedPhases(last: number): MigrationSnapshot['phases'] {
  const phases = [
    { phase: 'begin' as const, startedMs: 0, endedMs: 140 },
    { phase: 'prepare' as const, startedMs: 140, endedMs: 910 },
    { phase: 'perform' as const, startedMs: 910, endedMs: 19_300 },
    { phase: 'finish' as const, startedMs: 19_300, endedMs: 19_640 },
    { phase: 'confirm' as const, startedMs: 19_640, endedMs: 19_840 },
  ];
  return phases.slice(0, last);
}

export const migrated: MigrationSnapshot = {
  ...running,
  generation: 9,
  startedAtMs: Date.now() - 140_000,
  phases: endedPhases(5),
  samples: samples(38, 31),
  result,
  receipt: receiptOf(result),
};

export const unkept: MigrationSnapshot = {
  ...migrated,
  historyProblem:
    'This migration is not in the history. The history /home/admin/.local/share/viaduct/history.ndjson cannot be written: no space left on device',
};

const failedResult: MigrationResult = {
  ...result,
  outcome: 'failed',
  runningOn: 'source',
  totalMs: 8_240,
  downtimeMs: null,
  error: {
    code: 'data-link-broke',
    side: 'source',
    phase: 'perform',
    message: 'The data connection from alpha.lab to beta.lab broke after 372 MiB.',
    remedy: 'Check the network between both hosts, then review and move again.',
  },
};

export const failed: MigrationSnapshot = {
  ...migrated,
  migrationId: 'move-2',
  phases: [...endedPhases(2), { phase: 'perform', startedMs: 910, endedMs: 8_200 }],
  samples: samples(15, 31),
  result: failedResult,
  receipt: receiptOf(failedResult),
};

const cancelledResult: MigrationResult = {
  ...result,
  outcome: 'cancelled',
  runningOn: 'source',
  totalMs: 8_240,
  downtimeMs: null,
};

export const cancelled: MigrationSnapshot = {
  ...failed,
  migrationId: 'move-3',
  startedAtMs: Date.now() - 900_000,
  result: cancelledResult,
  receipt: receiptOf(cancelledResult),
};

const stuckResult: MigrationResult = {
  ...result,
  outcome: 'stuck',
  runningOn: 'unknown',
  totalMs: 51_000,
  downtimeMs: null,
  error: {
    code: 'finish-unknown',
    side: 'destination',
    phase: 'finish',
    message: 'beta.lab has not answered since the switchover began; whether it runs web01 is not known.',
    remedy: 'Look at both hosts with virsh list. Do not resume web01 on alpha.lab while beta.lab may run it.',
  },
};

export const stuck: MigrationSnapshot = {
  ...migrated,
  migrationId: 'move-4',
  startedAtMs: Date.now() - 5_400_000,
  phases: [...endedPhases(3), { phase: 'finish', startedMs: 19_300, endedMs: undefined }],
  result: stuckResult,
  receipt: receiptOf(stuckResult),
};
