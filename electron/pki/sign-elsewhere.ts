import type { Authority } from './authority.ts';
import { inspectCredentials } from './verify.ts';
import type { CredentialProblem } from './problems.ts';
import { issuedEntryOf, readLeaf, type CertificateOrder, type IssuedPem } from './issue.ts';
import { keyFingerprint } from './key-kinds.ts';
import { openRequests } from './ledger-view.ts';
import { PkiError } from './pki-error.ts';
import { readSigningRequest } from './signing-request.ts';

/**
 * Notes a request that is taken to where the authority's key is. Its signature is checked; what it asks for is
 * remembered from the order, and the certificate is held against that when it comes back.
 *
 * @throws {PkiError} of the request and the ledger.
 */
export async function requestElsewhere(
  { ledger }: Authority,
  order: CertificateOrder,
  requestPem: string,
  now: Date,
  renews?: string,
): Promise<void> {
  const publicKey = await readSigningRequest(requestPem);
  await ledger.append({
    type: 'requested',
    at: now,
    host: order.host,
    usedBy: order.usedBy,
    purposes: [...order.purposes],
    dnsNames: [...order.names.dnsNames],
    ipAddresses: [...order.names.ipAddresses],
    keyFingerprint: keyFingerprint(publicKey),
    ...(renews === undefined ? {} : { renews }),
  });
}

/**
 * Takes a certificate that was signed elsewhere, the first one of the file: it must be for the key, the names and
 * the purposes of an open request, and of this authority.
 *
 * @throws CertificateError; {PkiError} `request-unknown`, `certificate-unfit`.
 */
export async function acceptFromElsewhere(authority: Authority, file: string, now: Date): Promise<IssuedPem> {
  const leaf = readLeaf(file);
  const request = openRequests(await authority.ledger.read()).find(
    (open) => open.keyFingerprint === keyFingerprint(leaf.publicKey),
  );
  if (request === undefined) {
    throw new PkiError(
      'request-unknown',
      `The certificate of ${leaf.label} answers no request of ${authority.name}.`,
      {
        side: 'client',
        remedy: 'Give the certificate that was signed for a request of this authority, once.',
      },
    );
  }
  const { dnsNames, ipAddresses, purposes } = request;
  const problems = purposes.flatMap(
    (purpose) =>
      inspectCredentials({
        ca: authority.certificate.pem,
        cert: leaf.pem,
        purpose,
        now,
        names: [...dnsNames, ...ipAddresses],
      }).problems,
  );
  const reason = problems.find(isReasonToRefuse);
  if (reason !== undefined) {
    throw new PkiError('certificate-unfit', reason.message, { side: 'client', remedy: reason.remedy });
  }
  const entry = issuedEntryOf({ ...request, names: { dnsNames, ipAddresses } }, leaf, now, request.renews);
  await authority.ledger.append(entry);
  return { pem: leaf.pem, entry };
}

/** A purpose that is lacking is only a warning while the extension is not critical; here it is not what was asked for. */
function isReasonToRefuse({ code, severity }: CredentialProblem): boolean {
  return severity === 'error' || code === 'purpose-lacks-role';
}
