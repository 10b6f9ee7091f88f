import type { AgreedCipher } from '../../common/agreed-cipher.ts';
import { printable } from '../../common/printable.ts';
import { established, readCipher } from './brief-summary.ts';

/** How a handshake ended, and who ended it. */
export type HandshakeOutcome =
  | { kind: 'agreed'; asRoot: boolean; login?: FurtherLogin; cipher?: AgreedCipher }
  | { kind: 'unreachable'; because: 'refused' | 'timeout' | 'name' | 'other' }
  /** The client does not take the server's certificate. */
  | { kind: 'client-refuses'; reason: VerifyReason; said: string }
  /** The server does not take the client's certificate, or closed without a word, as libvirt's does. */
  | { kind: 'server-refuses'; reason: VerifyReason | undefined; said: string }
  /** A file that the program needs is not there, cannot be read by it, or does not fit. */
  | { kind: 'files'; said: string }
  /** The handshake could not be tried. */
  | { kind: 'not-tried'; said: string };

/** What a daemon wants besides a certificate. `unknown`: it did not tell, or something that libvirt has not now. */
export type FurtherLogin = 'none' | 'sasl' | 'unknown';

export type VerifyReason =
  'name' | 'expired' | 'not-yet-valid' | 'revoked' | 'issuer' | 'purpose' | 'weak' | 'other';

export interface ProgramEnd {
  code: number;
  stdout: Uint8Array;
  stderr: string;
}

/** What `timeout` ends with when it had to end the program. */
const timedOutCodes = [124, 137];

/** libvirt's server sends this byte once it has let a client in (`virNetTLSContextCheckCertificate`, virnettlscontext.c). */
const letIn = 1;

export function controlOutcome(client: ProgramEnd): HandshakeOutcome {
  if (client.stdout[0] === letIn) {
    const login = furtherLogin(client.stdout.subarray(1));
    return { kind: 'agreed', asRoot: false, login, ...readCipher(client.stderr) };
  }
  return failedHandshake(client, undefined);
}

/** `remote_auth_type` (remote_protocol.x). */
const loginTypes: Readonly<Record<number, FurtherLogin>> = { 0: 'none', 1: 'sasl' };
const authList = { words: 9, procedure: 66, reply: 1, ok: 0 };

/** Reads the reply to AUTH_LIST: length, program, version, procedure, type, serial, status, how many, the first. */
function furtherLogin(bytes: Uint8Array): FurtherLogin {
  if (bytes.length < authList.words * 4) return 'unknown';
  const view = new DataView(bytes.buffer, bytes.byteOffset, authList.words * 4);
  const [, , , procedure, type, , status, count = 0, first = -1] = Array.from(
    { length: authList.words },
    (_, index) => view.getUint32(index * 4),
  );
  const fits = procedure === authList.procedure && type === authList.reply && status === authList.ok;
  return fits && count > 0 ? (loginTypes[first] ?? 'unknown') : 'unknown';
}

/** @param echoed what the server sends back */
export function dataOutcome(client: ProgramEnd, server: ProgramEnd, echoed: string): HandshakeOutcome {
  if (new TextDecoder().decode(client.stdout).includes(echoed)) {
    const asRoot = [client, server].some(({ stderr }) => stderr.includes('viaduct: as root'));
    return { kind: 'agreed', asRoot, ...readCipher(server.stderr) };
  }
  return failedHandshake(client, server);
}

function failedHandshake(client: ProgramEnd, server: ProgramEnd | undefined): HandshakeOutcome {
  const unusable = unusableFiles(client) ?? (server && unusableFiles(server));
  if (unusable !== undefined) return { kind: 'files', said: unusable };
  const ours = verifyError(client.stderr);
  if (ours !== undefined) return { kind: 'client-refuses', ...ours };
  if (client.code === 127) return { kind: 'not-tried', said: lastWords(client.stderr) };
  const unreached = whyUnreachable(client.stderr);
  if (unreached !== undefined) return { kind: 'unreachable', because: unreached };
  const theirs = server && verifyError(server.stderr);
  if (theirs !== undefined) return { kind: 'server-refuses', ...theirs };
  // Without a single word of a handshake, the connection was never made.
  const verified = client.stderr.includes('verify return:1') || client.stderr.includes(established);
  if (timedOutCodes.includes(client.code) && !verified) {
    return { kind: 'unreachable', because: 'timeout' };
  }
  const alerted = client.stderr.includes('alert');
  if (verified || alerted) {
    const said = alerted ? lastWords(client.stderr) : '';
    return { kind: 'server-refuses', reason: alertReason(client.stderr), said };
  }
  return { kind: 'not-tried', said: lastWords(`${client.stderr}\n${server?.stderr ?? ''}`) };
}

function whyUnreachable(stderr: string): 'refused' | 'timeout' | 'name' | 'other' | undefined {
  if (/BIO_lookup|getaddrinfo|Name or service not known/.test(stderr)) return 'name';
  if (/Connection refused|errno=111\b/.test(stderr)) return 'refused';
  if (/Connection timed out|errno=110\b/.test(stderr)) return 'timeout';
  return stderr.includes('connect:errno=') ? 'other' : undefined;
}

/** Of the numbers of OpenSSL's X509_V_ERR_ (x509_vfy.h). */
const reasons: Readonly<Record<number, VerifyReason>> = {
  2: 'issuer',
  9: 'not-yet-valid',
  10: 'expired',
  18: 'issuer',
  19: 'issuer',
  20: 'issuer',
  21: 'issuer',
  23: 'revoked',
  24: 'issuer',
  26: 'purpose',
  27: 'issuer',
  62: 'name',
  64: 'name',
  66: 'weak',
  67: 'weak',
  68: 'weak',
};

function verifyError(stderr: string): { reason: VerifyReason; said: string } | undefined {
  const match = /verify error:num=(\d+):([^\n]*)/.exec(stderr);
  if (match === null) return undefined;
  return { reason: reasons[Number(match[1])] ?? 'other', said: printable(match[2] ?? '', 200) };
}

/** By the alert that OpenSSL's server sends; GnuTLS sends `bad certificate` for most. */
function alertReason(stderr: string): VerifyReason | undefined {
  if (stderr.includes('alert certificate expired')) return 'expired';
  if (stderr.includes('alert certificate revoked')) return 'revoked';
  if (stderr.includes('alert unknown ca')) return 'issuer';
  return undefined;
}

function unusableFiles({ stderr }: ProgramEnd): string | undefined {
  // The kernel calls what a firewall forbids over IPv6 by the same words.
  const match =
    /^(?![^\n]*BIO_connect)[^\n]*(?:Could not (?:read|open|find)|unable to load|error setting|key values mismatch|No such file|Permission denied)[^\n]*$/im.exec(
      stderr,
    );
  return match === null ? undefined : printable(match[0], 300).trim();
}

function lastWords(stderr: string): string {
  return printable(stderr, 400).trim().split('\n').at(-1) ?? '';
}
