import { certificateNames, type CertificateNames } from '../../pki/names.ts';
import { judgeName } from './one-name.ts';

/** A name or address as it was told, and by whom, as in "hostname -f on alpha.lab". */
export interface ToldName {
  name: string;
  because: string;
}

/** What is known of how a host is called. All but the URI's name comes from hosts, and may be anything. */
export interface NameFacts {
  /** As the connect URI has it. */
  uriName: string;
  /** By the host itself and by the resolvers of the others; of two reasons for one name the first is kept. */
  told: readonly ToldName[];
  /** Addresses that the host has, but that are not for others, each with why. */
  setAside: readonly { name: string; why: string }[];
}

export interface FoundName extends ToldName {
  kind: 'dns' | 'ip';
}

export interface LeftOutName {
  name: string;
  why: string;
  /** It can stand in no certificate; any other may be put there by the admin all the same. */
  refused: boolean;
}

/** The names for one host's certificates with why they are there, and what was left out. */
export interface HostNames {
  host: string;
  /** Names before addresses, the longest name first: the common name is to be the full one. */
  found: FoundName[];
  leftOut: LeftOutName[];
}

const maxOfKind = 32;
const maxLeftOut = 64;

/**
 * Every name and address by which other hosts may reach each host. What two hosts claim is left out for both, unless
 * the admin's URI says it: one could pass for the other. Addresses of a link or of the host alone are left out.
 *
 * @throws BadInputError `bad-certificate-name` when the URI's name cannot stand in a certificate.
 */
export function namesOfHosts(facts: readonly NameFacts[]): HostNames[] {
  const claims = facts.map((fact) => ({ host: fact.uriName, ...claimsOf(fact) }));
  return claims.map(({ host, uriName, found, leftOut }) => {
    const ours: FoundName[] = [];
    const disputed: LeftOutName[] = [];
    for (const claim of found) {
      const { name } = claim;
      const rivals = claims.filter(
        (one) => one.host !== host && one.found.some((other) => other.name === name),
      );
      if (rivals.length === 0 || name === uriName) ours.push(claim);
      else {
        const who = rivals.map((rival) => rival.host).join(' and ');
        disputed.push({ name, why: `${who} claims it as well`, refused: false });
      }
    }
    return bounded(host, ours, [...disputed, ...leftOut]);
  });
}

/** @throws BadInputError `bad-certificate-name` where no name is left. */
export function certificateNamesOf({ found }: HostNames): CertificateNames {
  return certificateNames(found.map(({ name }) => name));
}

/** What a host claims, each name once, in the form in which it would stand in a certificate. */
function claimsOf({ uriName, told, setAside }: NameFacts) {
  certificateNames([uriName]);
  const found = new Map<string, FoundName>();
  const leftOut = new Map<string, LeftOutName>();
  for (const { name, because } of [{ name: uriName, because: 'the connect URI' }, ...told]) {
    const one = judgeName(name);
    if ('why' in one) leftOut.set(one.name, { ...one, refused: true });
    else if (!found.has(one.name)) found.set(one.name, { ...one, because });
  }
  for (const { name, why } of setAside) {
    const one = judgeName(name);
    if (found.has(one.name) || leftOut.has(one.name)) continue;
    leftOut.set(one.name, { name: one.name, why, refused: 'why' in one });
  }
  return { uriName: judgeName(uriName).name, found: [...found.values()], leftOut: [...leftOut.values()] };
}

function bounded(host: string, ours: readonly FoundName[], leftOut: readonly LeftOutName[]): HostNames {
  const names = ours
    .filter(({ kind }) => kind === 'dns')
    .toSorted((one, other) => other.name.length - one.name.length);
  const addresses = ours.filter(({ kind }) => kind === 'ip');
  const tooMany = [...names.slice(maxOfKind), ...addresses.slice(maxOfKind)].map(({ name }) => ({
    name,
    why: `a certificate gets ${maxOfKind} names and ${maxOfKind} addresses`,
    refused: false,
  }));
  return {
    host,
    found: [...names.slice(0, maxOfKind), ...addresses.slice(0, maxOfKind)],
    leftOut: [...leftOut, ...tooMany].slice(0, maxLeftOut),
  };
}
