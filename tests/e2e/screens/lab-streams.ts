import type { DataStream, StreamConnection } from '../../../electron/ipc/views.ts';

const fingerprint = Array.from({ length: 32 }, (_, index) => `${index + 10}`).join(':');

const fromHostToHost: StreamConnection = {
  ...{ from: 'source', to: 'destination', address: 'beta.lab', expectedName: 'beta.lab' },
  login: 'CN=alpha.lab',
  cipher: { protocol: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384', seenIn: 'trial' },
};

export const control: DataStream[] = [
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
export const withDisk: DataStream[] = [
  ...encrypted,
  ...encrypted.slice(-1).map((memory): DataStream => ({
    ...memory,
    name: 'disk vda',
    path: 'alpha.lab to tcp://beta.lab, a port of its own for NBD',
  })),
];

export const relayed: DataStream[] = [
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

export const tunnelled: DataStream[] = [
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
