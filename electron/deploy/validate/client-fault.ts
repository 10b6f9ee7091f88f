import type { Certificate } from '../../pki/certificate.ts';
import type { CredentialProblem } from '../../pki/problems.ts';
import { readRevocationList, sameSerial, splitRevocationLists } from '../../pki/revocation-list.ts';
import { inspectCredentials } from '../../pki/verify.ts';
import type { HandshakeOutcome, VerifyReason } from '../../setup/handshakes/handshake-outcome.ts';
import type { PkiHost } from '../pki-host.ts';
import type { TreeFile } from '../trees.ts';

/** A client's certificate, and what the server holds it against. */
export interface ClientJudgement {
  certificate: string | undefined;
  authorities: string | undefined;
  revocations: string | undefined;
  now: Date;
}

/**
 * Why a server refuses a client, by the files of both, where the server does not say it: libvirt's daemon just closes
 * the connection (`virNetTLSContextCheckCertificate`, virnettlscontext.c). `undefined`: nothing is wrong with the files.
 */
export function clientFault({
  certificate,
  authorities,
  revocations,
  now,
}: ClientJudgement): VerifyReason | undefined {
  const { problems, leaf } = inspectCredentials({
    ca: authorities,
    cert: certificate,
    purpose: 'client',
    now,
  });
  const faults = problems.filter(({ severity }) => severity === 'error').map(reasonOf);
  if (leaf !== undefined && !faults.includes('issuer') && isRevoked(leaf, revocations)) return 'revoked';
  return faults.find((fault) => fault === 'issuer') ?? faults[0];
}

/** The outcome with the reason that its server did not give, if the files of both hosts show one. */
export async function withClientFault(
  outcome: HandshakeOutcome,
  from: PkiHost,
  to: PkiHost,
): Promise<HandshakeOutcome> {
  if (outcome.kind !== 'server-refuses' || outcome.reason !== undefined) return outcome;
  const read = async ({ hand }: PkiHost, file: TreeFile | undefined): Promise<string | undefined> =>
    file && hand.read(file).catch(() => undefined);
  const ofLibvirt = ({ tree }: Pick<TreeFile, 'tree'>): boolean => tree === 'libvirt';
  const place = from.trees.places.find((one) => ofLibvirt(one) && one.purpose === 'client');
  const [certificate, authorities, revocations] = await Promise.all([
    read(from, place?.certificate),
    read(to, to.trees.authorities.find(ofLibvirt)),
    read(to, to.trees.revocations.find(ofLibvirt)),
  ]);
  return { ...outcome, reason: clientFault({ certificate, authorities, revocations, now: new Date() }) };
}

function isRevoked(leaf: Certificate, revocations: string | undefined): boolean {
  try {
    const lists = splitRevocationLists(revocations ?? '').map(readRevocationList);
    return lists.some(
      ({ issuer, revoked }) =>
        issuer === leaf.issuer && revoked.some(({ serial }) => sameSerial(serial, leaf.serial)),
    );
  } catch {
    return false;
  }
}

function reasonOf({ code, aspect }: CredentialProblem): VerifyReason {
  if (code === 'expired' || code === 'not-yet-valid') return code;
  if (aspect === 'chain') return 'issuer';
  if (aspect === 'usage') return 'purpose';
  return aspect === 'strength' ? 'weak' : 'other';
}
