import { isIP, isIPv6 } from 'node:net';
import { BadInputError } from '../../../common/errors.ts';

/** Where the guest's data goes: what the source connects to, and what it expects to find there. */
export interface DataAddress {
  /** `tcp://beta.lab`; with a port only where the admin gave one. */
  migrateUri: string;
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number | undefined;
  /** Why this host name or address. */
  because: string;
  /** The name that the source's QEMU looks for in the destination's certificate. */
  tlsName: string;
}

const namePattern = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i;

/**
 * Takes a data address apart: `tcp://host`, `tcp://host:port`, or the older `tcp:host` forms.
 *
 * @throws {BadInputError} `migrate-uri-invalid`
 */
export function parseMigrateUri(uri: string): { host: string; port: number | undefined } {
  const match = /^tcp:(?:\/\/)?(?:\[([0-9a-f:.]+)\]|([^:[\]/]+))(?::(\d{1,5}))?\/?$/i.exec(uri);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  const isGoodHost = match?.[1] === undefined ? isHostName(host) : isIPv6(host);
  if (!isGoodHost || (port !== undefined && (port < 1 || port > 65_535))) {
    throw new BadInputError('migrate-uri-invalid', `"${uri.slice(0, 200)}" is not a data address.`, {
      remedy: 'Give it as tcp://HOST or tcp://HOST:PORT.',
    });
  }
  return { host, port };
}

/** A name or an IPv4 address; never with characters that mean something to a shell or in a URI. */
export function isHostName(text: string): boolean {
  return text.length <= 255 && namePattern.test(text);
}

export function formatMigrateUri(host: string): string {
  return isIPv6(host) ? `tcp://[${host}]` : `tcp://${host}`;
}

/** An address that cannot lead to another machine. */
export function isLoopback(address: string): boolean {
  const plain = address
    .toLowerCase()
    .replace(/%.*$/, '')
    .replace(/^::ffff:/, '');
  if (isIP(plain) === 4) return plain.startsWith('127.') || plain === '0.0.0.0';
  return plain === '::1' || plain === '::';
}

export interface AddressCandidate {
  host: string;
  because: string;
  /** How the source resolves it; `undefined` where that could not be asked. */
  addresses: string[] | undefined;
  /** Whether the destination's certificate is for it; `undefined` where that is not known or not needed. */
  named: boolean | undefined;
}

/**
 * The candidate that the source can use: of those that lead somewhere, the first that the destination's
 * certificate names, else the first. Where none leads anywhere, the first, so that a finding can say so.
 */
export function chooseCandidate(candidates: readonly AddressCandidate[]): AddressCandidate | undefined {
  const usable = candidates.filter(
    ({ addresses }) => addresses === undefined || (addresses.length > 0 && !addresses.some(isLoopback)),
  );
  return usable.find(({ named }) => named === true) ?? usable[0] ?? candidates[0];
}
