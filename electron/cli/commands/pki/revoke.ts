import { hostsToTell } from '../../../deploy/bring-revocations.ts';
import type { Issuer } from '../../../deploy/deploy.ts';
import { requireClient, revokeClient } from '../../../deploy/revoke-client.ts';
import { revoke } from '../../../deploy/revoke.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import { exitCodes } from '../../exit-codes.ts';
import { openIssuer, type DeployRequest } from './deploy.ts';
import { FindingReporter, reportFailure } from './deploy-report.ts';

/** Opens a host by its connect URI; whoever hands this in closes it. */
export type OpenHost = (connectUri: string) => Promise<SetupHost>;

/** Whose certificates are revoked: those of a host, or those of a workstation by its name. */
export type Revoked = { connectUri: string } | { client: string };

/**
 * Revokes what was issued for a host or a workstation, and tells every other host that has certificates.
 *
 * @returns 6 when one could not be told, or still lets the revoked one in.
 */
export async function runRevoke(revoked: Revoked, open: OpenHost, request: DeployRequest): Promise<number> {
  const { home, json, prompts, signal } = request;
  const reporter = new FindingReporter(json);
  const issuer = await openIssuer(request, reporter);
  try {
    const options = { prompts, signal, tell: reporter.tell };
    if ('client' in revoked) {
      const called = await requireClient(revoked.client, issuer);
      const hosts = await openOthers(called, open, issuer, reporter);
      await revokeClient(called, hosts, issuer, home, reporter.report, options);
    } else {
      const host = await open(revoked.connectUri);
      const others = await openOthers(host.name, open, issuer, reporter);
      await revoke(host, others, issuer, reporter.report, options);
    }
    return reporter.exitCode === exitCodes.done ? exitCodes.done : exitCodes.needsPerson;
  } catch (error) {
    return reportFailure(error, signal);
  } finally {
    issuer.unlocked.lock();
  }
}

async function openOthers(
  revoked: string,
  open: OpenHost,
  issuer: Issuer,
  { report }: FindingReporter,
): Promise<SetupHost[]> {
  const uris = await issuer.known.read();
  const others: SetupHost[] = [];
  for (const name of await hostsToTell(issuer, revoked)) {
    const uri = uris.get(name);
    if (uri !== undefined) others.push(await open(uri));
    else {
      report({
        id: 'pki.revocations',
        side: 'host',
        host: name,
        level: 'error',
        summary: `How to reach ${name}, which has certificates as well, is not known here.`,
        remedy: `Run "viaduct pki renew" for ${name}, which brings it the list.`,
      });
    }
  }
  return others;
}
