import { isIP } from 'node:net';
import { certificateNames, type CertificateNames } from '../../pki/names.ts';

/** What is known of how a host is called. Everything but the first comes from hosts, and may be anything. */
export interface NameFacts {
  /** As the connect URI has it. */
  uriName: string;
  /** By `hostname` and `hostname -f` on the host itself. */
  ownNames: readonly string[];
  /** `migration_host` of its qemu.conf. */
  migrationHost: string | undefined;
  /** Addresses of its own network cards. */
  ownAddresses: readonly string[];
  /** What the other hosts' resolvers say of its names. */
  resolved: readonly string[];
}

const hostName = /^(?=.{1,253}$)(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*$/;
const maxNames = 32;

/**
 * Every name and address by which other hosts may reach each host, for its certificates. What two hosts claim is in
 * neither, unless the admin's URI says it: one could pass for the other. Addresses of a link or of the host alone are
 * left out.
 *
 * @throws BadInputError `bad-certificate-name` when the URI's name cannot stand in a certificate.
 */
export function namesOfHosts(facts: readonly NameFacts[]): CertificateNames[] {
  const claims = facts.map(claimed);
  return facts.map(({ uriName }, index) => {
    const others = new Set(claims.flatMap((names, at) => (at === index ? [] : names)));
    const own = (claims[index] ?? []).filter((name) => !others.has(name));
    const names = [...own.filter((name) => name !== uriName), uriName].filter(isForOthers);
    // The longest first: the common name is to be the full one.
    const dns = names.filter((name) => isIP(name) === 0).toSorted((a, b) => b.length - a.length);
    const addresses = names.filter((name) => isIP(name) !== 0);
    return certificateNames([...dns.slice(0, maxNames), ...addresses.slice(0, maxNames)]);
  });
}

function claimed({ uriName, ownNames, migrationHost, ownAddresses, resolved }: NameFacts): string[] {
  const told = [uriName, ...ownNames, ...(migrationHost === undefined ? [] : [migrationHost])];
  const names = told
    .map((name) => name.toLowerCase())
    .filter((name) => isIP(name) !== 0 || hostName.test(name));
  return [...new Set([...names, ...ownAddresses, ...resolved])].filter(isForOthers);
}

/** Not a name or address that leads every host to itself, or that means something on one link only. */
function isForOthers(name: string): boolean {
  if (isIP(name) === 0) return !/^localhost(?:$|\.)/i.test(name) && !name.includes('%') && name !== '';
  return !/^(?:127\.|0\.|169\.254\.|22[4-9]\.|23\d\.|::$|::1$|fe[89ab]|ff)/i.test(name);
}

/** Bridges and the like of programs that give every host the same addresses. */
const privateCards =
  /^(?:lo|virbr|docker|br-[0-9a-f]{12}$|veth|vnet|cni|flannel|lxcbr|lxdbr|podman|tap|ovs-)/;

/** Addresses in the output of `ip -o addr show scope global`, without those of the host's own virtual networks. */
export function parseOwnAddresses(output: string): string[] {
  return output.split('\n').flatMap((line) => {
    const [, card = '', address = ''] = /^\d+:\s+(\S+)\s+inet6?\s+([0-9a-fA-F.:]+)/.exec(line) ?? [];
    if (isIP(address) === 0 || privateCards.test(card) || /\btemporary\b/.test(line)) return [];
    return [address];
  });
}
