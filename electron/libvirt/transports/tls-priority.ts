import { BadInputError } from '../../common/errors.ts';

/** What a GnuTLS priority string comes to in Node's terms. */
export interface TlsPriority {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** As OpenSSL names them; `undefined` leaves Node's own list. */
  readonly ciphers: string | undefined;
  /** Sentences about what has no effect here. */
  readonly notes: readonly string[];
}

type TlsVersion = 'TLSv1.2' | 'TLSv1.3';
type Cipher = 'AES-256-GCM' | 'CHACHA20-POLY1305' | 'AES-128-GCM';
type KeyExchange = 'ECDHE-ECDSA' | 'ECDHE-RSA' | 'DHE-RSA';

const versions: Readonly<Record<string, TlsVersion>> = { 'TLS1.2': 'TLSv1.2', 'TLS1.3': 'TLSv1.3' };
const allCiphers: readonly Cipher[] = ['AES-256-GCM', 'CHACHA20-POLY1305', 'AES-128-GCM'];
const allKeyExchanges: readonly KeyExchange[] = ['ECDHE-ECDSA', 'ECDHE-RSA', 'DHE-RSA'];
const suites13: Readonly<Record<Cipher, string>> = {
  'AES-256-GCM': 'TLS_AES_256_GCM_SHA384',
  'CHACHA20-POLY1305': 'TLS_CHACHA20_POLY1305_SHA256',
  'AES-128-GCM': 'TLS_AES_128_GCM_SHA256',
};
const suffixes12: Readonly<Record<Cipher, string>> = {
  'AES-256-GCM': 'AES256-GCM-SHA384',
  'CHACHA20-POLY1305': 'CHACHA20-POLY1305',
  'AES-128-GCM': 'AES128-GCM-SHA256',
};
const strong: readonly Cipher[] = ['AES-256-GCM', 'CHACHA20-POLY1305'];

/** The sets that a priority string begins with, as far as they narrow ours: ciphers, key exchanges of TLS 1.2. */
const startingPoints: Readonly<
  Record<string, { ciphers?: readonly Cipher[]; exchanges?: readonly KeyExchange[] }>
> = {
  NORMAL: {},
  PERFORMANCE: {},
  PFS: {},
  SECURE128: {},
  SECURE192: { ciphers: strong },
  SECURE256: { ciphers: strong },
  SUITEB128: { ciphers: ['AES-256-GCM', 'AES-128-GCM'], exchanges: ['ECDHE-ECDSA'] },
  SUITEB192: { ciphers: ['AES-256-GCM'], exchanges: ['ECDHE-ECDSA'] },
};

/**
 * Reads a GnuTLS priority string, the value of `tls_priority`: which versions, ciphers and key exchanges are wanted.
 *
 * It can only narrow what Node offers by itself (TLS 1.2 and 1.3); wishes for less, and parts that OpenSSL has no
 * counterpart for, have no effect and are named in `notes`.
 *
 * @throws {BadInputError} when nothing would be left
 */
export function parseTlsPriority(text: string): TlsPriority {
  const [start = '', ...changes] = text.split(':').map((part) => part.trim().toUpperCase());
  const begin = Object.hasOwn(startingPoints, start) ? startingPoints[start] : undefined;
  const ignored: string[] = begin === undefined ? [start] : [];
  const wanted = {
    versions: new Set<string>(Object.keys(versions)),
    ciphers: new Set<string>(begin?.ciphers ?? allCiphers),
    exchanges: new Set<string>(begin?.exchanges ?? allKeyExchanges),
  };
  for (const change of changes) {
    if (change !== '' && !apply(change, wanted)) ignored.push(change);
  }
  const kept = Object.keys(versions).filter((version) => wanted.versions.has(version));
  const ciphers = allCiphers.filter((cipher) => wanted.ciphers.has(cipher));
  const exchanges = allKeyExchanges.filter((exchange) => wanted.exchanges.has(exchange));
  const lowest = versions[kept.at(0) ?? ''];
  const highest = versions[kept.at(-1) ?? ''];
  if (lowest === undefined || highest === undefined || ciphers.length === 0) throw nothingLeft(text);
  if (exchanges.length === 0 && highest === 'TLSv1.2') throw nothingLeft(text);
  const isNarrower = ciphers.length < allCiphers.length || exchanges.length < allKeyExchanges.length;
  return {
    minVersion: exchanges.length === 0 ? 'TLSv1.3' : lowest,
    maxVersion: highest,
    ciphers: isNarrower ? cipherList(ciphers, exchanges) : undefined,
    notes: ignored.length === 0 ? [] : [withoutEffect(ignored)],
  };
}

interface Wanted {
  readonly versions: Set<string>;
  readonly ciphers: Set<string>;
  readonly exchanges: Set<string>;
}

/** @returns whether the change means something here */
function apply(change: string, wanted: Wanted): boolean {
  const match = /^([+!-])(VERS-|CIPHER-|KX-|)(.+)$/.exec(change);
  if (match === null) return false;
  const [, sign = '', kind = '', name = ''] = match;
  const sets: readonly [string, Set<string>, readonly string[]][] = [
    ['VERS-', wanted.versions, Object.keys(versions)],
    [kind === 'CIPHER-' ? 'CIPHER-' : '', wanted.ciphers, allCiphers],
    [kind === 'KX-' ? 'KX-' : '', wanted.exchanges, allKeyExchanges],
  ];
  let isKnown = false;
  for (const [prefix, set, all] of sets) {
    if (prefix !== kind) continue;
    const named = (kind !== '' && name === 'ALL') || (kind === 'VERS-' && name === 'TLS-ALL') ? all : [name];
    for (const one of named.filter((candidate) => all.includes(candidate))) {
      isKnown = true;
      if (sign === '+') set.add(one);
      else set.delete(one);
    }
  }
  // What Node never offers is removed already.
  return isKnown || (sign !== '+' && kind === 'VERS-');
}

function cipherList(ciphers: readonly Cipher[], exchanges: readonly KeyExchange[]): string {
  const older = ciphers.flatMap((cipher) => exchanges.map((exchange) => `${exchange}-${suffixes12[cipher]}`));
  return [...ciphers.map((cipher) => suites13[cipher]), ...older].join(':');
}

function withoutEffect(parts: readonly string[]): string {
  const shown = parts.map((part) => `"${part.slice(0, 40)}"`).join(', ');
  return `tls_priority: ${shown} has no effect here; TLS 1.2 and 1.3 with the ciphers of Node are used at least.`;
}

function nothingLeft(text: string): BadInputError {
  return new BadInputError(
    'bad-uri',
    `The parameter "tls_priority" leaves no way to connect: "${text.slice(0, 80)}".`,
    { remedy: 'Allow TLS 1.2 or 1.3 with AES-GCM, for example NORMAL:-VERS-ALL:+VERS-TLS1.3.' },
  );
}
