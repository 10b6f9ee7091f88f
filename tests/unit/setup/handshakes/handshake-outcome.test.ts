import { describe, expect, it } from 'vitest';
import {
  controlOutcome,
  dataOutcome,
  type HandshakeOutcome,
  type ProgramEnd,
} from '../../../../electron/setup/handshakes/handshake-outcome.ts';

const end = (stderr: string, stdout = '', code = 1): ProgramEnd => ({
  code,
  stdout: Buffer.from(stdout),
  stderr,
});
const verified = 'depth=1 CN = ca\nverify return:1\ndepth=0 CN = beta.lab\nverify return:1\n';
/** Of a client that was told to be brief, and so says nothing of a certificate that is in order. */
const summary =
  'CONNECTION ESTABLISHED\nProtocol version: TLSv1.3\nCiphersuite: TLS_AES_256_GCM_SHA384\nVerification: OK\n';
const cipher = { protocol: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384' };
const idle = end('', '', 124);

const bigEndian = (word: number): number[] => [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff);

/** What OpenSSL 3.0 prints, as recorded. */
describe('how a handshake ended, by the words of openssl', () => {
  it.each<[string, ProgramEnd, Partial<HandshakeOutcome>]>([
    ['let in', end(verified, '\u0001', 0), { kind: 'agreed' }],
    ['let in, with what was agreed on', end(summary, '\u0001', 0), { kind: 'agreed', cipher }],
    ['closed without the byte', end(verified, '', 0), { kind: 'server-refuses' }],
    ['closed after the handshake', end(summary, '', 0), { kind: 'server-refuses', said: '' }],
    ['silent after the handshake', end(summary, '', 124), { kind: 'server-refuses' }],
    [
      'an alert after the handshake',
      end(`${summary}40:error:0A00045C:SSL routines:x:tlsv13 alert certificate required:y\n`),
      { kind: 'server-refuses', said: expect.stringContaining('certificate required') as string },
    ],
    ['another byte', end(verified, '\u0000', 0), { kind: 'server-refuses' }],
    [
      'wrong name',
      end('depth=0 CN = localhost\nverify error:num=62:hostname mismatch\n'),
      { kind: 'client-refuses', reason: 'name' },
    ],
    [
      'expired',
      end('verify error:num=10:certificate has expired\n'),
      { kind: 'client-refuses', reason: 'expired' },
    ],
    [
      'unknown issuer',
      end('verify error:num=20:unable to get local issuer certificate\n'),
      { kind: 'client-refuses', reason: 'issuer' },
    ],
    [
      'revoked',
      end('verify error:num=23:certificate revoked\n'),
      { kind: 'client-refuses', reason: 'revoked' },
    ],
    [
      'refused port',
      end('4067:error:8000006F:system library:BIO_connect:Connection refused:x\nconnect:errno=111\n'),
      { kind: 'unreachable', because: 'refused' },
    ],
    [
      'turned away over IPv6 as an administrator forbids it, and over IPv4 as without a route',
      end(
        '4007:error:8000000D:system library:BIO_connect:Permission denied:x\n4007:error:80000071:system library:BIO_connect:No route to host:x\nconnect:errno=113\n',
      ),
      { kind: 'unreachable', because: 'other' },
    ],
    ['no answer', end('', '', 124), { kind: 'unreachable', because: 'timeout' }],
    ['killed without an answer', end('', '', 137), { kind: 'unreachable', because: 'timeout' }],
    [
      'unknown name',
      end(
        '4077:error:10080002:BIO routines:BIO_lookup_ex:system lib:x:746:Name or service not known\nconnect:errno=2\n',
      ),
      { kind: 'unreachable', because: 'name' },
    ],
    [
      'missing key',
      end('Could not open file or uri for loading client certificate private key from /x\n'),
      { kind: 'files' },
    ],
    [
      'missing authority',
      end(
        '4037:error:80000002:system library:BIO_new_file:No such file or directory:x:67:calling fopen(/x, r)\n',
      ),
      { kind: 'files' },
    ],
    [
      'another key',
      end(
        'error setting private key\n4027:error:05800074:x509 certificate routines:X509_check_private_key:key values mismatch:x:403:\n',
      ),
      { kind: 'files' },
    ],
    ['no openssl', end('sh: 40: openssl: not found\n', '', 127), { kind: 'not-tried' }],
    ['nothing said', end(''), { kind: 'not-tried' }],
  ])('control: %s', (_what, client, expected) => {
    expect(controlOutcome(client)).toMatchObject(expected);
  });

  const authList = (type: number, { status = 0, count = 1 } = {}): string =>
    String.fromCharCode(1, ...[36, 0x20008086, 1, 66, 1, 0, status, count, type].flatMap(bigEndian));

  it.each([
    ['nothing but the certificate', authList(0), 'none'],
    ['SASL as well', authList(1), 'sasl'],
    ['polkit, which no other host can give', authList(2), 'unknown'],
    ['an error', authList(1, { status: 1 }), 'unknown'],
    ['no way at all', authList(0, { count: 0 }), 'unknown'],
    ['half an answer', authList(1).slice(0, 30), 'unknown'],
    ['no answer', '\u0001', 'unknown'],
  ])('control, let in, the daemon wants %s', (_what, stdout, login) => {
    const client = { code: 0, stdout: Buffer.from(stdout, 'latin1'), stderr: verified };
    expect(controlOutcome(client)).toEqual({ kind: 'agreed', asRoot: false, login });
  });

  it.each<[string, ProgramEnd, ProgramEnd, Partial<HandshakeOutcome>]>([
    ['echoed', end(verified, 'tcudaiv\n', 0), end('', '', 0), { kind: 'agreed', asRoot: false }],
    ['echoed, and told', end(verified, 'tcudaiv\n', 0), end(summary), { kind: 'agreed', cipher }],
    [
      'echoed, as root',
      end(verified, 'tcudaiv\n', 0),
      end('viaduct: as root\n'),
      { kind: 'agreed', asRoot: true },
    ],
    [
      'the server says why',
      end(`${verified}error: sslv3 alert bad certificate: SSL alert number 42\n`),
      end('verify error:num=23:certificate revoked\n'),
      { kind: 'server-refuses', reason: 'revoked' },
    ],
    [
      'only the alert says why',
      end(`${verified}error: sslv3 alert certificate expired: SSL alert number 45\n`),
      idle,
      { kind: 'server-refuses', reason: 'expired' },
    ],
    [
      'the server could not start',
      end(''),
      end(
        'Could not open file or uri for loading server certificate private key from /x: Permission denied\n',
      ),
      { kind: 'files' },
    ],
    ['firewall', end('connect:errno=110\n'), idle, { kind: 'unreachable', because: 'timeout' }],
  ])('data: %s', (_what, client, server, expected) => {
    expect(dataOutcome(client, server, 'tcudaiv')).toMatchObject(expected);
  });
});
