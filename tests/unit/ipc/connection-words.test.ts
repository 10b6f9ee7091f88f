import { describe, expect, it } from 'vitest';
import type { StreamConnection } from '../../../electron/engine/stream-connection.ts';
import { connectionFacts, connectionLines, ownPort } from '../../../electron/ipc/connection-words.ts';

const way = { from: 'source', to: 'destination' } as const;
const tls: StreamConnection = {
  ...way,
  address: 'beta.lab',
  expectedName: 'beta.lab',
  port: { kind: 'range', first: 49_152, last: 49_215 },
  identity: { what: 'QEMU server certificate', subject: 'CN=beta.lab', fingerprint: 'AB:CD' },
  login: 'CN=alpha.lab',
  cipher: { protocol: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384', seenIn: 'trial' },
};

const words = (connection: StreamConnection, encrypted = true): string[] =>
  connectionFacts(connection, encrypted).map(({ label, value, note }) =>
    [label, value, ...(note === undefined ? [] : [note])].join(' | '),
  );

describe('the facts about a connection', () => {
  it('are the name, who is there, who comes, the cipher and the port, and say what was a trial', () => {
    expect(words(tls)).toEqual([
      'Name | beta.lab, which its certificate has to name',
      'Identity | QEMU server certificate, CN=beta.lab',
      'Login | CN=alpha.lab',
      'Cipher | TLSv1.3, TLS_AES_256_GCM_SHA384 | in a trial with OpenSSL; QEMU and libvirt use GnuTLS, which may agree on another',
      'Port | one of 49152–49215',
    ]);
  });

  it('tell a host key by its fingerprint, and of a cipher that is in use no trial', () => {
    const ssh: StreamConnection = {
      ...{ from: 'client', to: 'source', address: 'alpha.lab', login: 'root' },
      port: { kind: 'port', number: 22 },
      identity: { what: 'SSH host key', subject: 'ssh-ed25519', fingerprint: 'SHA256:x' },
      cipher: { protocol: 'SSH 2.0', suite: 'aes256-gcm@openssh.com', seenIn: 'connection' },
    };
    expect(words(ssh)).toEqual([
      'Name | alpha.lab',
      'Identity | SSH host key, ssh-ed25519 | SHA256:x',
      'Login | root',
      'Cipher | SSH 2.0, aes256-gcm@openssh.com',
      'Port | 22',
    ]);
  });

  it.each<[string, StreamConnection, boolean, string[]]>([
    ['nothing known', way, true, ['Cipher | not known before it runs']],
    ['in the clear', { ...way, address: 'beta.lab' }, false, ['Name | beta.lab']],
    [
      'a socket of this machine',
      { ...way, port: { kind: 'inside', carrier: 'socket' } },
      true,
      ['Port | none of its own: a socket of this machine'],
    ],
    [
      'another name than the address',
      { ...way, address: '192.0.2.7', expectedName: 'beta.lab' },
      false,
      ['Name | 192.0.2.7; its certificate has to name beta.lab'],
    ],
    [
      'in a tunnel',
      { ...way, port: { kind: 'inside', carrier: 'daemons-connection' } },
      false,
      ['Port | none of its own: inside the daemons’ connection'],
    ],
  ])('leave out what is not known, and guess nothing: %s', (_what, connection, encrypted, expected) => {
    expect(words(connection, encrypted)).toEqual(expected);
  });

  it('are one line each for a stream, and none for one that an older version kept', () => {
    const relay = (to: 'source' | 'destination'): StreamConnection => ({
      ...{ from: 'client', to, address: to },
      port: { kind: 'inside', carrier: 'ssh-session' },
    });
    const connections = [relay('source'), relay('destination')];
    expect(connectionLines({ encrypted: true, connections })).toEqual([
      'name source; cipher not known before it runs; port none of its own: inside the SSH session',
      'name destination; cipher not known before it runs; port none of its own: inside the SSH session',
    ]);
    expect(connectionLines({ encrypted: true })).toEqual([]);
  });

  it('name a port only where there is one of its own', () => {
    expect(ownPort({ kind: 'port', number: 16_514 })).toBe('port 16514');
    expect(ownPort({ kind: 'range', first: 1, last: 2 })).toBe('ports 1–2');
    expect(ownPort({ kind: 'inside', carrier: 'ssh-session' })).toBeUndefined();
    expect(ownPort(undefined)).toBeUndefined();
  });
});
