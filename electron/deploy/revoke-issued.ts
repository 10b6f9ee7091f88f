import { issuedCertificates } from '../pki/ledger-view.ts';
import { revokeCertificates } from '../pki/revoke.ts';
import { DeployError } from './deploy-error.ts';
import type { Issuer } from './deploy.ts';
import type { Report } from './pki-finding.ts';

/**
 * Revokes every certificate that a host or a workstation has, in the list of the authority; nobody is told yet.
 *
 * @throws {DeployError} `deploy-nothing-issued`; {PkiError}.
 */
export async function revokeIssued(name: string, { unlocked }: Issuer, report: Report): Promise<void> {
  const { authority } = unlocked;
  const certificates = issuedCertificates(await authority.ledger.read(), unlocked.now());
  const serials = certificates
    .filter(({ host, state }) => host === name && state !== 'expired')
    .map(({ serial }) => serial);
  if (serials.length === 0) {
    throw new DeployError(
      'deploy-nothing-issued',
      `${authority.name} has no certificate of ${name} to revoke.`,
      {
        remedy:
          'See "viaduct pki status" for the certificates that there are, and name the authority with --ca.',
      },
    );
  }
  await revokeCertificates(unlocked, serials, 'unspecified');
  report({
    id: 'pki.revoked',
    side: 'client',
    level: 'ok',
    summary: `${serials.length} certificates of ${name} are revoked in the list of ${authority.name}. Connections that are open go on until they end.`,
  });
}
