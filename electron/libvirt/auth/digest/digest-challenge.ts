import { mechanismBroken } from '../auth-error.ts';

/** Qualities of protection, weakest first (RFC 2831 section 2.1.1). */
export type Protection = 'auth' | 'auth-int' | 'auth-conf';

/** The server's first message. */
export interface DigestChallenge {
  readonly realms: readonly string[];
  readonly nonce: string;
  readonly protections: readonly string[];
  readonly ciphers: readonly string[];
  /** Largest block that the server takes. */
  readonly maxBlockBytes: number;
  readonly utf8: boolean;
}

export const digestMd5 = 'DIGEST-MD5';

const maxMessageBytes = 8192;
const defaultMaxBlockBytes = 65_536;
const repeatable = new Set(['realm', 'auth-param']);
const directive =
  /[ \t]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^",\s]+))[ \t]*(?:,|$)/y;

/** @throws {AuthError} */
export function parseDigestChallenge(message: Uint8Array): DigestChallenge {
  const all = parseDirectives(message);
  const one = (name: string): string | undefined => all.get(name)?.[0];
  const nonce = one('nonce');
  if (nonce === undefined || nonce === '') throw bad('it has no nonce');
  if (one('algorithm') !== 'md5-sess') throw bad('its algorithm is not md5-sess');
  const maxBlockBytes = Number(one('maxbuf') ?? defaultMaxBlockBytes);
  if (!Number.isInteger(maxBlockBytes) || maxBlockBytes < 64 || maxBlockBytes > 0xff_ffff) {
    throw bad('its largest block has an impossible size');
  }
  const list = (text: string): string[] => text.split(/[\s,]+/).filter((item) => item !== '');
  const utf8 = one('charset') === 'utf-8';
  const textOf = (bytes: string): string => (utf8 ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes);
  return {
    realms: (all.get('realm') ?? []).map(textOf),
    nonce,
    protections: list(one('qop') ?? 'auth'),
    ciphers: list(one('cipher') ?? ''),
    maxBlockBytes,
    utf8,
  };
}

/** The server's proof. @throws {AuthError} */
export function parseResponseAuth(message: Uint8Array): string {
  const proof = parseDirectives(message).get('rspauth')?.[0];
  if (proof === undefined) throw bad('its last message has no proof');
  return proof;
}

/** `text` as a quoted string. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function parseDirectives(message: Uint8Array): Map<string, string[]> {
  if (message.length > maxMessageBytes) throw bad('a message is too long');
  // One character for each byte; what is echoed goes back as the same bytes.
  const text = Buffer.from(message).toString('latin1');
  const found = new Map<string, string[]>();
  directive.lastIndex = 0;
  while (directive.lastIndex < text.length) {
    const match = directive.exec(text);
    if (match === null) throw bad('a message cannot be read');
    const [, rawName = '', inQuotes, bare = ''] = match;
    const name = rawName.toLowerCase();
    const values = found.get(name) ?? [];
    if (values.length > 0 && !repeatable.has(name)) throw bad('a message says a thing twice');
    found.set(name, [...values, inQuotes?.replace(/\\([\s\S])/g, '$1') ?? bare]);
  }
  return found;
}

function bad(what: string): Error {
  return mechanismBroken(digestMd5, what);
}
