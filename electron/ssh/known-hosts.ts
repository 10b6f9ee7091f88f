import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { hostKeyFingerprint, hostKeyType } from './host-key.ts';

/** One usable line of a known-hosts file; the format is in sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". */
export interface KnownHostEntry {
  marker: 'none' | 'revoked' | 'cert-authority';
  /** The host field as written: comma separated patterns, or one hashed name. */
  hosts: string;
  type: string;
  key: Buffer;
  file: string;
  /** Counted from 1. */
  line: number;
}

interface KeyIdentity {
  type: string;
  fingerprint: string;
}

/** What the known-hosts files say about the key that a host has shown. */
export type HostKeyVerdict =
  | { kind: 'known' }
  | ({
      kind: 'unknown';
      /** Types of other keys on record for this host: it may have got a new kind of key, or be another machine. */
      otherTypes: string[];
      /** The host is on record by a certificate authority, which cannot be checked here. */
      certificateAuthorityOnly: boolean;
    } & KeyIdentity)
  | ({ kind: 'changed'; file: string; line: number } & KeyIdentity)
  | ({ kind: 'revoked'; file: string; line: number } & KeyIdentity);

/** Lines that are blank, comments or malformed are skipped, as OpenSSH does. */
export function parseKnownHosts(text: string, file: string): KnownHostEntry[] {
  return text.split('\n').flatMap((line, index) => {
    const fields = line.trim().split(/[ \t]+/);
    if (fields[0] === undefined || fields[0] === '' || fields[0].startsWith('#')) return [];
    const marker = markerOf(fields[0]);
    if (marker === undefined) return [];
    const [hosts, type, base64] = marker === 'none' ? fields : fields.slice(1);
    if (hosts === undefined || type === undefined || base64 === undefined) return [];
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return [];
    const key = Buffer.from(base64, 'base64');
    if (hostKeyType(key) !== type) return [];
    return [{ marker, hosts, type, key, file, line: index + 1 }];
  });
}

function markerOf(field: string): KnownHostEntry['marker'] | undefined {
  if (!field.startsWith('@')) return 'none';
  if (field === '@revoked') return 'revoked';
  return field === '@cert-authority' ? 'cert-authority' : undefined;
}

/**
 * What `entries` say about `key` for this host.
 *
 * A port other than 22 is looked up as `[host]:port`. Where that has nothing on record, the same key under the
 * plain host name is accepted too, as OpenSSH does; a different key there is another server, so not "changed".
 */
export function checkHostKey(
  entries: readonly KnownHostEntry[],
  host: string,
  port: number,
  key: Uint8Array,
): HostKeyVerdict {
  const identity = { type: hostKeyType(key) ?? 'unreadable', fingerprint: hostKeyFingerprint(key) };
  const isSame = (entry: KnownHostEntry): boolean =>
    entry.key.length === key.length && timingSafeEqual(entry.key, key);

  const exact = entriesFor(entries, lookupName(host, port));
  const anyPort = port === 22 ? exact : entriesFor(entries, lookupName(host, 22));
  const revoked = [...exact, ...anyPort].find((entry) => entry.marker === 'revoked' && isSame(entry));
  if (revoked) return { kind: 'revoked', file: revoked.file, line: revoked.line, ...identity };

  const onRecord = exact.filter((entry) => entry.marker === 'none');
  if (onRecord.some(isSame)) return { kind: 'known' };
  const sameType = onRecord.find((entry) => entry.type === identity.type);
  if (sameType) return { kind: 'changed', file: sameType.file, line: sameType.line, ...identity };
  if (onRecord.length === 0 && anyPort.some((entry) => entry.marker === 'none' && isSame(entry))) {
    return { kind: 'known' };
  }
  return {
    kind: 'unknown',
    otherTypes: [...new Set(onRecord.map((entry) => entry.type))],
    certificateAuthorityOnly:
      onRecord.length === 0 && exact.some((entry) => entry.marker === 'cert-authority'),
    ...identity,
  };
}

/** Strongest first; SHA-1 signatures (`ssh-rsa`) and DSA are never accepted. */
const ALGORITHMS: readonly { type: string; algorithms: readonly ServerHostKeyAlgorithm[] }[] = [
  { type: 'ssh-ed25519', algorithms: ['ssh-ed25519'] },
  { type: 'ecdsa-sha2-nistp256', algorithms: ['ecdsa-sha2-nistp256'] },
  { type: 'ecdsa-sha2-nistp384', algorithms: ['ecdsa-sha2-nistp384'] },
  { type: 'ecdsa-sha2-nistp521', algorithms: ['ecdsa-sha2-nistp521'] },
  { type: 'ssh-rsa', algorithms: ['rsa-sha2-512', 'rsa-sha2-256'] },
];

/**
 * The host key algorithms to propose, those of keys on record first: the server then shows the key that can be
 * checked. Without this, a host known by its ed25519 key alone could show another key and look unknown.
 */
export function hostKeyAlgorithms(
  entries: readonly KnownHostEntry[],
  host: string,
  port: number,
): ServerHostKeyAlgorithm[] {
  const typesOnRecord = (name: string): Set<string> =>
    new Set(
      entriesFor(entries, name)
        .filter((entry) => entry.marker === 'none')
        .map((entry) => entry.type),
    );
  const exact = typesOnRecord(lookupName(host, port));
  const known = exact.size > 0 ? exact : typesOnRecord(lookupName(host, 22));
  const first = ALGORITHMS.filter(({ type }) => known.has(type));
  const rest = ALGORITHMS.filter(({ type }) => !known.has(type));
  return [...first, ...rest].flatMap(({ algorithms }) => algorithms);
}

/** The line that records `key`, newline included. */
export function knownHostLine(host: string, port: number, key: Uint8Array): string {
  return `${lookupName(host, port)} ${hostKeyType(key) ?? 'unreadable'} ${Buffer.from(key).toString('base64')}\n`;
}

function lookupName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

function entriesFor(entries: readonly KnownHostEntry[], name: string): KnownHostEntry[] {
  return entries.filter((entry) => matchesHosts(entry.hosts, name));
}

/** Whether a known-hosts host field speaks of `name` (lower case). A negated pattern that matches rules it out. */
export function matchesHosts(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name);
  let isMatch = false;
  for (const pattern of hosts.toLowerCase().split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    isMatch = true;
  }
  return isMatch;
}

/** `|1|salt|hash`, both base64: HMAC-SHA1 of the name, keyed with the salt. */
function matchesHash(field: string, name: string): boolean {
  const [, version, salt, hash, ...rest] = field.split('|');
  if (version !== '1' || salt === undefined || hash === undefined || rest.length > 0) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** `*` stands for any run of characters, `?` for one. Linear in both lengths but for one level of backtracking. */
function matchesPattern(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      starAt = p++;
      resumeAt = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      n = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
