import { messageOf } from '../common/errors.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { bringRevocations } from './bring-revocations.ts';
import type { Issuer } from './deploy.ts';
import type { Report } from './pki-finding.ts';
import { openPkiHost, type DeployOptions, type PkiHost } from './pki-host.ts';
import { revokeIssued } from './revoke-issued.ts';
import { tryControl, tryData } from './validate/handshakes.ts';

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
  await revokeIssued(revoked.name, issuer, report);
  const told = await bringRevocations(others, issuer, report, options);
  await proveRefused(revoked, told, report, options);
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
