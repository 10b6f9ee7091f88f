import { isIP } from 'node:net';
import { BadInputError } from '../common/errors.ts';

/** What a certificate says its owner is called: DNS names in lower case, addresses in their shortest form. */
export interface CertificateNames {
  dnsNames: readonly string[];
  ipAddresses: readonly string[];
}

const maxNames = 64;
/** The upper bound of a common name in X.509 (ub-common-name). */
const maxCommonName = 64;
const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/**
 * Sorts what the hosts are called by into names and addresses, without duplicates. Wildcards are not taken: a
 * certificate is for one host.
 *
 * @throws BadInputError `bad-certificate-name` for one that cannot stand in a certificate, for none, or for over 64.
 */
export function certificateNames(given: readonly string[]): CertificateNames {
  const addresses = given.filter((name) => isIP(name) !== 0).map(shortestAddress);
  const dnsNames = given.filter((name) => isIP(name) === 0).map(checkedName);
  const names = { dnsNames: [...new Set(dnsNames)], ipAddresses: [...new Set(addresses)] };
  const count = names.dnsNames.length + names.ipAddresses.length;
  if (count === 0) throw badName('A certificate needs at least one name or address.');
  if (count > maxNames) throw badName(`A certificate takes ${maxNames} names, not ${count}.`);
  return names;
}

/**
 * The common name: the first DNS name that is short enough, else the first address.
 *
 * @throws BadInputError `bad-certificate-name` when there is neither.
 */
export function commonNameOf({ dnsNames, ipAddresses }: CertificateNames): string {
  const name = dnsNames.find(({ length }) => length <= maxCommonName) ?? ipAddresses[0];
  if (name === undefined) {
    throw badName(
      `One of the names must have at most ${maxCommonName} characters; ${dnsNames.join(', ')} has more.`,
    );
  }
  return name;
}

/** The name of an authority, which is its common name and the name of its folder. */
export function checkedAuthorityName(name: string): string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$/.test(name)) {
    throw new BadInputError(
      'bad-authority-name',
      "An authority's name is 1 to 64 letters, digits, spaces, dots, hyphens and underscores, and starts and ends with a letter or digit.",
      { side: 'client' },
    );
  }
  return name;
}

function checkedName(given: string): string {
  const name = given.toLowerCase();
  if (name.length <= 253 && name.split('.').every((part) => label.test(part))) return name;
  throw badName(`${JSON.stringify(given.slice(0, 300))} is not a host name that can stand in a certificate.`);
}

/** Two spellings of an IPv6 address are one name; the URL parser knows the shortest. */
function shortestAddress(address: string): string {
  if (isIP(address) === 4) return address;
  if (address.includes('%')) {
    throw badName(`The address ${address} is of one link only and means something else on every host.`);
  }
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function badName(message: string): BadInputError {
  return new BadInputError('bad-certificate-name', message, {
    remedy: 'Give the names and addresses by which other hosts reach this one.',
  });
}
