import type {
  AuthoritySnapshot,
  PkiFinding,
  WizardCell,
  WizardCertificates,
  WizardChanges,
  WizardFile,
  WizardHost,
  WizardHostFacts,
  WizardHostNames,
  WizardProblem,
  WizardSnapshot,
  WizardStep,
  WizardStepState,
} from '../../../electron/ipc/views.ts';
import { wizardSteps } from '../../../electron/wizard/wizard-snapshot.ts';

const now = Date.now();
const day = 86_400_000;

/** The wizard before anything was chosen. */
export const emptyWizard: WizardSnapshot = {
  generation: 1,
  step: 'hosts',
  steps: stepsAt('hosts'),
  hosts: [],
  authority: undefined,
  names: [],
  certificates: [],
  wishes: { listener: true, firewall: true, forceTls: false, allowOnlyKnown: false },
  changes: [],
  cells: [],
  rehearsal: undefined,
  running: undefined,
};

const sentences: Partial<Record<WizardStep, string>> = {
  hosts: '2 hosts',
  authority: 'Example Lab CA',
  names: '7 names',
  certificates: 'written to 2 hosts',
  changes: '2 hosts changed',
  proof: 'both directions proven',
};

/** Everything before `step` is done, it is open, and the rest lies ahead. */
export function stepsAt(step: WizardStep, over: Partial<WizardStepState> = {}): WizardStepState[] {
  const place = wizardSteps.indexOf(step);
  return wizardSteps.map((name, index) => ({
    step: name,
    state: index < place ? 'done' : index === place ? 'open' : 'ahead',
    sentence: index < place ? (sentences[name] ?? '') : '',
    problem: undefined,
    ...(index === place ? over : {}),
  }));
}

export function problem(over: Partial<WizardProblem> = {}): WizardProblem {
  return {
    code: 'sudo-refused',
    message: 'The user admin of beta.lab may not become root: sudo refused the password.',
    side: 'destination',
    remedy: 'Try again with the right password, or connect as a user who may use sudo.',
    evidence: 'sudo: 3 incorrect password attempts',
    hostId: 'beta',
    ...over,
  };
}

export function facts(over: Partial<WizardHostFacts> = {}): WizardHostFacts {
  return {
    system: 'Debian GNU/Linux 12, libvirt 9.0.0, QEMU 7.2.17',
    daemon: 'libvirtd, started by systemd when it is needed',
    rights: 'logs in as root',
    tlsPort: 16514,
    listening: false,
    firewall: 'nftables, closed for other hosts',
    runningGuests: 5,
    already: [],
    notes: [],
    ...over,
  };
}

export function seen(
  hostId: string,
  name = `${hostId}.lab`,
  over: Partial<WizardHostFacts> = {},
): WizardHost {
  return { hostId, name, look: { state: 'seen', facts: facts(over) } };
}

export const twoHosts: WizardHost[] = [
  seen('alpha', 'alpha.lab', {
    already: ['Certificates of Example Lab CA, until 2026-12-12'],
    notes: ['openssl is not there; certtool makes the keys.'],
  }),
  seen('beta', 'beta.lab', { rights: 'admin becomes root by sudo, with a password', runningGuests: 2 }),
];

export const authority: AuthoritySnapshot = {
  name: 'Example Lab CA',
  key: 'RSA 3072',
  keyKind: 'rsa3072',
  fingerprint: Array.from({ length: 32 }, (_, index) =>
    ((index * 37 + 161) % 256).toString(16).padStart(2, '0'),
  )
    .join(':')
    .toUpperCase(),
  certificate: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  notBeforeMs: now - 20 * day,
  notAfterMs: now + 3630 * day,
  keyPlace: 'here',
  unlockedUntilMs: undefined,
  remembered: false,
  replacedBy: undefined,
};

export const protectedStore = {
  protects: true,
  sentence: 'The GNOME keyring keeps it, and opens when you log in to this computer.',
};
export const noStore = {
  protects: false,
  sentence: 'A browser has no key store that protects it; the desktop window can remember passphrases.',
};

/** What `authorities.get` answers. */
export function authorities(list: AuthoritySnapshot[], keyStore = protectedStore) {
  return { generation: 1, authorities: list, unreadable: [], keyStore };
}

export const names: WizardHostNames[] = ['alpha', 'beta'].map((hostId, index) => ({
  hostId,
  names: [
    { name: `${hostId}.lab`, kind: 'dns', because: 'the connect URI' },
    { name: hostId, kind: 'dns', because: `hostname on ${hostId}.lab` },
    { name: `10.77.0.${index + 11}`, kind: 'ip', because: 'the address of eth0' },
  ],
  leftOut: [
    { name: 'localhost.localdomain', why: 'It leads every host to itself.', refused: true },
    { name: '192.168.122.1', why: 'It is the address of a virtual network of its own.', refused: false },
  ],
}));

const certificateDiff = (host: string, place: string): string =>
  [
    `--- /etc/pki/${place}`,
    `+++ /etc/pki/${place}`,
    '@@ -1,6 +1,7 @@',
    ` subject: CN=${host}.lab`,
    '-issuer: CN=Old CA',
    '+issuer: CN=Example Lab CA',
    ` name: ${host}.lab`,
    `+name: ${host}`,
    '+address: 10.77.0.11',
    ' usage: server, client',
    '-valid: 2024-11-20 to 2026-12-12',
    '+valid: 2026-11-21 to 2028-11-20',
    ' key: RSA 3072',
    '',
  ].join('\n');

export function files(host: string): WizardFile[] {
  const file = (path: string, what: string, over: Partial<WizardFile> = {}): WizardFile => ({
    path: `/etc/pki/${path}`,
    what,
    owner: 'root',
    group: 'root',
    mode: '0644',
    action: 'new',
    diff: '',
    ...over,
  });
  const qemu = { group: 'libvirt-qemu', mode: '0640' };
  return [
    file('CA/cacert.pem', 'the authority, for libvirt', { action: 'kept' }),
    file('libvirt/servercert.pem', `certificate of ${host}.lab, for its daemon`, {
      action: 'replaced',
      diff: certificateDiff(host, 'libvirt/servercert.pem'),
    }),
    file('libvirt/private/serverkey.pem', 'new RSA 3072 key, made on the host; it does not leave it', {
      mode: '0600',
    }),
    file('libvirt/clientcert.pem', `certificate of ${host}.lab, for going to other daemons`),
    file('libvirt/private/clientkey.pem', 'new RSA 3072 key, made on the host; it does not leave it', {
      mode: '0600',
    }),
    file('qemu/ca-cert.pem', 'the authority, for QEMU', qemu),
    file('qemu/server-cert.pem', 'certificate for incoming guests', qemu),
    file('qemu/server-key.pem', 'new RSA 3072 key, made on the host; it does not leave it', qemu),
    file('qemu/client-cert.pem', 'certificate for outgoing guests', qemu),
    file('qemu/client-key.pem', 'new RSA 3072 key, made on the host; it does not leave it', qemu),
  ];
}

export function certificates(hostId: string, over: Partial<WizardCertificates> = {}): WizardCertificates {
  return {
    hostId,
    state: 'needed',
    reasons: ['The daemon’s certificate is of another authority.', `It lacks the name ${hostId}.`],
    files: files(hostId),
    findings: [],
    undoable: false,
    ...over,
  };
}

const qemuConfDiff = [
  '--- /etc/libvirt/qemu.conf',
  '+++ /etc/libvirt/qemu.conf',
  '@@ -12,9 +12,13 @@',
  ' # to the destination. The default is /etc/pki/qemu.',
  ' #',
  ' # dh-params.pem is optional.',
  '-#default_tls_x509_cert_dir = "/etc/pki/qemu"',
  '+default_tls_x509_cert_dir = "/etc/pki/qemu"',
  ' ',
  ' ',
  ' # The default TLS configuration only uses certificates for the server',
  ' # allowing the client to verify the server’s identity and establish',
  ' # an encrypted channel.',
  '@@ -31,7 +35,7 @@',
  ' # issuing an x509 certificate to every client who needs to connect.',
  ' #',
  ' # Enabling this option will reject any client who does not have a',
  '-#default_tls_x509_verify = 1',
  '+default_tls_x509_verify = 1',
  ' ',
  ' #',
  '',
].join('\n');

export function changes(hostId: string, over: Partial<WizardChanges> = {}): WizardChanges {
  return {
    hostId,
    state: 'needed',
    sentence: '3 changes; libvirtd is restarted, and running guests go on.',
    changes: [
      {
        title: 'Encrypt and verify migrations (/etc/libvirt/qemu.conf)',
        why: 'QEMU takes its certificates from one known folder, and a destination asks its source for one.',
        needs: 'libvirtd.service has to be restarted, which comes below',
        diff: qemuConfDiff,
        commands: [],
      },
      {
        title: 'Let the peers in (nftables, inet filter input)',
        why: 'The other hosts reach the daemon and the ports that guests travel over.',
        needs: 'takes effect at once',
        diff: '',
        commands: [
          'nft insert rule inet filter input ip saddr 10.77.0.12 tcp dport 16514 accept',
          'nft insert rule inet filter input ip saddr 10.77.0.12 tcp dport 49152-49215 accept',
        ],
      },
      {
        title: 'Listen for TLS on port 16514',
        why: 'The other hosts, and clients without ssh, reach the daemon there.',
        needs:
          'stops libvirtd.service, starts libvirtd-tls.socket, starts libvirtd.service; running guests go on',
        diff: '',
        commands: ['systemctl start libvirtd-tls.socket'],
      },
    ],
    obstacles: [],
    warnings: [],
    afterwards: [],
    undoable: false,
    progress: undefined,
    ...over,
  };
}

function finding(over: Partial<PkiFinding>): PkiFinding {
  return { id: 'pki.control.handshake', side: 'between', level: 'ok', summary: '', ...over };
}

type Marks = [WizardCell['control']['state'], WizardCell['data']['state']];

/** One direction; a failed control connection is refused for its name. */
export function cell(fromHostId: string, toHostId: string, [control, data]: Marks): WizardCell {
  const way = `${fromHostId}.lab to ${toHostId}.lab`;
  const words = (kind: string, state: Marks[number]): PkiFinding | undefined => {
    switch (state) {
      case 'proven':
        return finding({
          summary: `${way}, ${kind}: encrypted, both certificates accepted.`,
          evidence: 'TLS 1.3, TLS_AES_256_GCM_SHA384',
        });
      case 'failed':
        return finding({
          level: 'error',
          summary: `${way}, ${kind}: ${toHostId}.lab's certificate is for ${toHostId}, but ${fromHostId}.lab reaches it as ${toHostId}.lab.`,
          remedy: `Go back to the names, take ${toHostId}.lab in, and put new certificates on it.`,
          evidence: 'verify error:num=62:hostname mismatch',
        });
      case 'unknown':
        return finding({
          level: 'unknown',
          summary: `${way}, ${kind}: not tried, because there is no openssl on ${fromHostId}.lab.`,
          remedy: 'Install openssl there, or let a migration show it.',
        });
      case 'warning':
        return finding({
          level: 'warning',
          summary: `${way}, ${kind}: encrypted, but nothing listens for TLS on port 16514.`,
          remedy: 'Nothing is to be done as long as Viaduct drives the migrations.',
        });
      case 'waiting':
      case 'trying':
        return undefined;
    }
  };
  return {
    fromHostId,
    toHostId,
    control: { state: control, finding: words('control connection', control) },
    data: { state: data, finding: words('guest’s data', data) },
    triedAtMs: control === 'waiting' || control === 'trying' ? undefined : now - 40_000,
  };
}

/** Every direction between the hosts. */
export function cells(
  hostIds: readonly string[],
  marks: (row: number, column: number) => Marks = () => ['proven', 'proven'],
): WizardCell[] {
  return hostIds.flatMap((from, row) =>
    hostIds.flatMap((to, column) => (row === column ? [] : [cell(from, to, marks(row, column))])),
  );
}

/** The wizard at a step, with all that the ones before have brought. */
export function wizardAt(step: WizardStep, over: Partial<WizardSnapshot> = {}): WizardSnapshot {
  return {
    ...emptyWizard,
    step,
    steps: stepsAt(step),
    hosts: twoHosts,
    authority: step === 'hosts' || step === 'authority' ? undefined : authority.name,
    names,
    certificates: [certificates('alpha'), certificates('beta')],
    changes: [changes('alpha'), changes('beta')],
    cells: cells(['alpha', 'beta'], () => ['waiting', 'waiting']),
    ...over,
  };
}

export function running(sentence: string, over: Partial<NonNullable<WizardSnapshot['running']>> = {}) {
  return { sentence, startedAtMs: Date.now() - 7000, cancellable: true, cancelling: false, ...over };
}
