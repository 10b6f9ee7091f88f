import type {
  DataStream,
  HistoryItem,
  MigrationResult,
  PlannedChange,
  Receipt,
} from '../../../electron/ipc/views.ts';

const hex = (seed: number) =>
  Array.from({ length: 32 }, (_, index) =>
    ((seed * 37 + index * 101 + 13) % 256).toString(16).padStart(2, '0').toUpperCase(),
  ).join(':');

const identities: Receipt['identities'] = [
  {
    side: 'source',
    what: 'SSH host key',
    subject: 'ssh-ed25519',
    fingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLZ7wUVAWQ3V5y2Qxo',
    evidence: 'shown to this machine, and the one on record',
  },
  {
    side: 'destination',
    what: 'certificate of libvirt’s daemon',
    subject: 'CN=beta.lab',
    fingerprint: hex(3),
    evidence: 'shown to this machine in the handshake, and verified',
  },
  {
    side: 'source',
    what: 'QEMU client certificate',
    subject: 'CN=alpha.lab',
    fingerprint: hex(7),
    evidence: 'read from /etc/pki/qemu/client-cert.pem on alpha.lab',
  },
  {
    side: 'destination',
    what: 'QEMU server certificate',
    evidence: 'not known: beta.lab is not reached over SSH, so its files and its network cannot be looked at',
  },
];

const endedAtMs = Date.UTC(2026, 10, 21, 13, 3, 9);

/** The receipt of a move from alpha.lab to beta.lab that ended so. */
export function receiptFor(
  result: MigrationResult,
  { streams, changes }: { streams: DataStream[]; changes: PlannedChange[] },
): Receipt {
  const touched = result.outcome === 'migrated' || result.outcome === 'stuck';
  return {
    ...result,
    id: '5d0c7a7e-19f4-4d0f-8a50-6d1f7f0f1c11',
    startedAt: new Date(endedAtMs - result.totalMs).toISOString(),
    endedAt: new Date(endedAtMs).toISOString(),
    sourceUri: 'qemu+ssh://root@alpha.lab/system',
    destinationUri: 'qemu+tls://beta.lab/system',
    migrateUri: 'tcp://beta.lab',
    tlsName: 'beta.lab',
    options: [
      { name: 'bandwidthMiBps', value: 250 },
      { name: 'keepSourceDefinition', value: true },
    ],
    plaintextConsent: false,
    streams,
    identities,
    findings: [
      {
        id: 'clock',
        side: 'destination',
        level: 'warning',
        summary: "beta's clock is 94 s behind alpha's.",
        remedy: 'Let both follow a time server; certificates are judged by the clock.',
      },
    ],
    changes: touched ? changes : [],
    cleanUp:
      result.outcome === 'migrated'
        ? [
            {
              side: 'source',
              text: 'The definition of web01 on alpha.lab is a second one that could be started. Undefine it.',
            },
          ]
        : [],
  };
}

const guests = ['web01', 'db01', 'mail', 'build-runner-with-a-rather-long-name-17', 'cache02'];
const outcomes = [
  'migrated',
  'migrated',
  'failed',
  'migrated',
  'refused',
  'cancelled',
  'migrated',
  'stuck',
] as const;

/** Lines of the history, newest first. */
export function historyItems(count: number): HistoryItem[] {
  return Array.from({ length: count }, (_, index) => {
    const outcome = outcomes[index % outcomes.length] ?? 'migrated';
    const [source, destination] =
      index % 3 === 0 ? (['alpha.lab', 'beta.lab'] as const) : (['beta.lab', 'gamma.lab'] as const);
    const encrypted = index % 7 !== 3;
    return {
      id: `receipt-${index}`,
      startedAt: new Date(Date.now() - 400_000 - index * 7_900_000).toISOString(),
      outcome,
      guest: guests[index % guests.length] ?? '',
      uuid: `uuid-${index % guests.length}`,
      source,
      destination,
      totalMs: outcome === 'refused' ? 4_100 : 19_840 + index * 731,
      downtimeMs: outcome === 'migrated' ? 187 + index : null,
      between: outcome === 'refused' ? undefined : { encrypted, authenticated: encrypted },
    };
  });
}
