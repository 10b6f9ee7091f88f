import { describe, expect, it } from 'vitest';
import { reachedControl } from '../../../../electron/engine/preflight/reached-control.ts';
import type { ConnectionFacts } from '../../../../electron/engine/stream-connection.ts';
import { sshConnection, type SeenConnection } from '../../../../electron/hosts/seen-connection.ts';

const ssh = sshConnection('alpha.real.lab', {
  ...{ port: 2222, user: 'root', hostKeyType: 'ssh-ed25519', hostKeyFingerprint: 'SHA256:x' },
  ...{ hostKeyEvidence: 'record', cipher: 'aes256-gcm@openssh.com' },
});

const tls: SeenConnection = {
  address: 'beta.lab',
  port: 16_514,
  identity: {
    ...{ kind: 'certificate of libvirt’s daemon', subject: 'CN=beta.lab\u202e\u0007' },
    ...{ fingerprint: 'AB:CD', evidence: '' },
  },
  login: undefined,
  cipher: { protocol: 'TLSv1.2', suite: 'ECDHE-RSA-AES256-GCM-SHA384' },
};
const seenTls: ConnectionFacts = {
  address: 'beta.lab',
  port: { kind: 'port', number: 16_514 },
  identity: { what: 'certificate of libvirt’s daemon', subject: 'CN=beta.lab', fingerprint: 'AB:CD' },
  cipher: { protocol: 'TLSv1.2', suite: 'ECDHE-RSA-AES256-GCM-SHA384', seenIn: 'connection' },
};

describe('where a control connection leads', () => {
  it.each<[string, SeenConnection | undefined, ConnectionFacts]>([
    [
      'qemu+ssh://alias/system',
      ssh,
      {
        address: 'alpha.real.lab',
        port: { kind: 'port', number: 2222 },
        identity: { what: 'SSH host key', subject: 'ssh-ed25519', fingerprint: 'SHA256:x' },
        login: 'root',
        cipher: { protocol: 'SSH 2.0', suite: 'aes256-gcm@openssh.com', seenIn: 'connection' },
      },
    ],
    ['qemu+tls://beta.lab/system', tls, { ...seenTls, expectedName: 'beta.lab' }],
    ['qemu+tls://beta.lab/system?no_verify=1', tls, seenTls],
    [
      'qemu+tcp://beta.lab/system',
      undefined,
      { address: 'beta.lab', port: { kind: 'port', number: 16_509 } },
    ],
    ['qemu+ssh://beta.lab/system?command=/usr/bin/ssh', undefined, { address: 'beta.lab' }],
    [
      'qemu+ssh://beta.lab:2022/system?command=/usr/bin/ssh',
      undefined,
      { address: 'beta.lab', port: { kind: 'port', number: 2022 } },
    ],
    ['qemu:///system', undefined, { port: { kind: 'inside', carrier: 'socket' } }],
    ['qemu+ext://beta.lab/system?command=/bin/x', undefined, {}],
  ])('%s: what was seen, else what the URI alone decides', (uri, seen, expected) => {
    expect(reachedControl(uri, seen)).toEqual(expected);
  });
});
