import { messageOf } from '../common/errors.ts';
import { issuedCertificates } from '../pki/ledger-view.ts';
import { revokeCertificates } from '../pki/revoke.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { DeployError } from './deploy-error.ts';
import { trustOf, type Issuer } from './deploy.ts';
import type { Report } from './pki-finding.ts';
import { openPkiHost, type DeployOptions, type PkiHost } from './pki-host.ts';
import { putInUse } from './put-in-use.ts';
import { stageTrust } from './replace-certificates.ts';
import { tryControl, tryData } from './validate/handshakes.ts';

/**
 * The hosts that have to know of a revocation: all that the authority has issued for, but the one that is revoked.
 * Workstations have a client's certificate alone, and nobody to turn away.
 */
export async function hostsToTell({ unlocked }: Issuer, revoked: string): Promise<string[]> {
  const certificates = issuedCertificates(await unlocked.authority.ledger.read(), unlocked.now());
  const names = certificates
    .filter(({ state, purposes }) => state !== 'expired' && purposes.includes('server'))
    .map(({ host }) => host);
  return [...new Set(names)].filter((name) => name !== revoked);
}

/**
 * Revokes every certificate of a host and brings the list to the others, whose daemons read it at once; then lets the
 * revoked host try to get in. May be repeated: what is revoked stays so, and hosts out of reach get the list later.
 *
 * The revoked host does not get the list: with its own certificate in it, its daemon would not start at all.
 *
 * @throws {DeployError} `deploy-nothing-issued`; {PkiError}.
 */
export async function revoke(
  revoked: SetupHost,
  others: readonly SetupHost[],
  issuer: Issuer,
  report: Report,
  options: DeployOptions,
): Promise<void> {
  await revokeAll(revoked.name, issuer, report);
  const { revocations } = await trustOf(issuer);
  const told: PkiHost[] = [];
  for (const other of others) {
    const host = await orReport(other.name, report, async () => {
      const opened = await openPkiHost(other, options);
      options.tell?.(`Bringing the revocation list to ${other.name} ...`);
      await opened.hand.discard([...opened.trees.revocations]);
      const files = await stageTrust(opened, { revocations });
      await putInUse(opened, files, { others: [], fingerprint: undefined, report, options });
      return opened;
    });
    if (host !== undefined) told.push(host);
  }
  await proveRefused(revoked, told, report, options);
}

async function revokeAll(name: string, { unlocked }: Issuer, report: Report): Promise<void> {
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

/** One host that cannot be told does not keep the others from being told. */
async function orReport(
  name: string,
  report: Report,
  work: () => Promise<PkiHost>,
): Promise<PkiHost | undefined> {
  try {
    return await work();
  } catch (error) {
    report({
      id: 'pki.revocations',
      side: 'host',
      host: name,
      level: 'error',
      summary: `${name} does not have the revocation list: ${messageOf(error)}`,
      remedy: `It goes on accepting what is revoked. Run the same command again when ${name} can be reached.`,
    });
    return undefined;
  }
}

async function proveRefused(
  revoked: SetupHost,
  others: readonly PkiHost[],
  report: Report,
  options: DeployOptions,
): Promise<void> {
  if (others.length === 0) return;
  let from: PkiHost;
  try {
    from = await openPkiHost(revoked, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    report({
      id: 'pki.refused',
      side: 'host',
      host: revoked.name,
      level: 'unknown',
      summary: `Whether ${revoked.name} is refused was not tried: ${messageOf(error)}`,
      remedy: 'Nothing has to be done where that host is gone; the others have the list.',
    });
    return;
  }
  const streams = [
    { stream: 'control', name: 'control connections', attempt: tryControl },
    { stream: 'data', name: "guests' data", attempt: tryData },
  ] as const;
  for (const to of others) {
    for (const { stream, name, attempt } of streams) {
      options.tell?.(`Letting ${from.name} try to get into ${to.name} ...`);
      const { kind } = await attempt(from, to, options.signal);
      const about = { id: `pki.${stream}.refused`, side: 'between', from: from.name, to: to.name } as const;
      if (kind === 'server-refuses') {
        report({ ...about, level: 'ok', summary: `${to.name} refuses ${name} of ${from.name}.` });
      } else if (kind === 'agreed') {
        report({
          ...about,
          level: 'error',
          summary: `${to.name} still accepts ${name} of ${from.name}.`,
          remedy: `${from.name} may hold certificates of another authority that ${to.name} trusts: name that one with --ca.`,
        });
      } else {
        report({
          ...about,
          level: 'unknown',
          summary: `Whether ${to.name} refuses ${name} of ${from.name} could not be tried.`,
          remedy: `Run "viaduct pki validate" for both to see what is in the way.`,
        });
      }
    }
  }
}
