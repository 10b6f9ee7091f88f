import { BadInputError } from '../../common/errors.ts';
import { certificateNames, type CertificateNames } from '../../pki/names.ts';
import { judgeName } from './one-name.ts';

/** Names and addresses that the admin gave, by the host's name. */
export type GivenNames = ReadonlyMap<string, readonly string[]>;

/**
 * The names of each host as the admin gave them, in place of those that were looked up.
 *
 * @returns one for each host, in their order.
 * @throws BadInputError `bad-certificate-name`: one that cannot be used, none for a host, or over 64;
 * `name-of-two-hosts`: either could pass for the other.
 */
export function checkedNames(hosts: readonly string[], given: GivenNames): CertificateNames[] {
  const owners = new Map<string, string>();
  return hosts.map((host) => {
    const names = (given.get(host) ?? []).map((name) => usableName(host, name));
    for (const name of names) {
      const owner = owners.get(name) ?? host;
      if (owner !== host) throw ofTwoHosts(name, owner, host);
      owners.set(name, host);
    }
    if (names.length === 0) throw bad(`The certificates of ${host} need at least one name or address.`);
    return certificateNames(names);
  });
}

function usableName(host: string, given: string): string {
  const one = judgeName(given);
  if (!('why' in one)) return one.name;
  throw bad(`${JSON.stringify(one.name)} is no name for the certificates of ${host}: it ${one.why}.`);
}

function bad(message: string): BadInputError {
  return new BadInputError('bad-certificate-name', message, {
    remedy: 'Give the names and addresses by which other hosts reach this one.',
  });
}

function ofTwoHosts(name: string, one: string, other: string): BadInputError {
  return new BadInputError('name-of-two-hosts', `${name} is given for both ${one} and ${other}.`, {
    remedy: `Leave it to one of them: with it in both certificates, either could pass for the other.`,
  });
}
