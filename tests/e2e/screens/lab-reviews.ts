import type { Finding } from '../../../electron/ipc/views.ts';
import type { World } from './fake-channel.ts';
import { control, encrypted, inTheClear, relayed, tunnelled, withDisk } from './lab-streams.ts';

type Review = NonNullable<World['review']>;

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

export const changes = [
  { side: 'source' as const, text: 'web01 is gone from alpha.lab, its definition too.' },
  { side: 'destination' as const, text: 'web01 is defined and runs on beta.lab.' },
];

export const base = {
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
