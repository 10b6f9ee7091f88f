import { messageOf } from '../common/errors.ts';
import { parseCertificates, type Certificate } from './certificate.ts';
import { inspectChain } from './inspect-chain.ts';
import { inspectDates } from './inspect-dates.ts';
import { inspectStrength } from './inspect-strength.ts';
import { inspectUsage, type Purpose } from './inspect-usage.ts';
import { isCertificateFor, namesOf } from './hostname.ts';
import type { CredentialProblem } from './problems.ts';

export interface CredentialInput {
  /** Contents of the CA file, or `undefined` where there is none. */
  ca: string | undefined;
  /** Contents of the certificate file: the leaf first, intermediates after it. */
  cert: string | undefined;
  purpose: Purpose;
  now: Date;
  /** Names and addresses by which peers will look for the certificate's owner; all of them must match. */
  names?: readonly string[];
  /**
   * Whether the program that uses the certificate insists on key encipherment even for keys that cannot do it:
   * libvirt before 11.6 does for its own certificates, QEMU does not.
   */
  demandsKeyEncipherment?: boolean;
  /** What every host that verifies the certificate takes; default 2048, which the strict ones want. */
  minRsaBits?: number;
}

export interface CredentialReport {
  problems: CredentialProblem[];
  leaf: Certificate | undefined;
  authorities: Certificate[];
}

/**
 * What libvirt, QEMU and their peers will say about a CA file and a certificate file, before they are asked.
 *
 * Never throws: what cannot be read is a problem among the others.
 */
export function inspectCredentials(input: CredentialInput): CredentialReport {
  const authorities = readFile(input.ca, 'ca');
  const chain = readFile(input.cert, 'certificate');
  const [leaf, ...intermediates] = chain.certificates;
  const problems = [...authorities.problems, ...chain.problems];
  problems.push(...inspectDates([...(leaf ? [leaf] : []), ...authorities.certificates], input.now));
  if (leaf !== undefined) {
    problems.push(...inspectUsage(leaf, input.purpose, input.demandsKeyEncipherment ?? false));
    problems.push(...inspectNames(leaf, input.names ?? []));
    problems.push(...inspectStrength([leaf, ...intermediates], authorities.certificates, input.minRsaBits));
    if (authorities.certificates.length > 0) {
      problems.push(...inspectChain(leaf, intermediates, authorities.certificates));
    }
  }
  return { problems, leaf, authorities: authorities.certificates };
}

function inspectNames(leaf: Certificate, names: readonly string[]): CredentialProblem[] {
  return names
    .filter((name) => !isCertificateFor(leaf, name))
    .map((name) => ({
      code: 'name-mismatch',
      aspect: 'name',
      severity: 'error',
      message: `The certificate is for ${namesOf(leaf).join(', ') || 'no name at all'}, not for ${name}.`,
      remedy: `Issue a certificate that names ${name}, or use a name that is in the certificate.`,
    }));
}

function readFile(
  pem: string | undefined,
  what: 'ca' | 'certificate',
): { certificates: Certificate[]; problems: CredentialProblem[] } {
  const file = what === 'ca' ? 'CA file' : 'certificate file';
  if (pem === undefined) {
    return { certificates: [], problems: [fileProblem(`${what}-missing`, `There is no ${file}.`)] };
  }
  try {
    return { certificates: parseCertificates(pem), problems: [] };
  } catch (error) {
    const message = `The ${file} cannot be used: ${messageOf(error)}`;
    return { certificates: [], problems: [fileProblem(`${what}-unreadable`, message)] };
  }
}

function fileProblem(
  code: 'ca-missing' | 'ca-unreadable' | 'certificate-missing' | 'certificate-unreadable',
  message: string,
): CredentialProblem {
  return {
    code,
    aspect: 'file',
    severity: 'error',
    message,
    remedy: 'Install a certificate in PEM form there.',
  };
}
