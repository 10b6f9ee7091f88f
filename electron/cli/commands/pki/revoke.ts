import { hostsToTell, revoke } from '../../../deploy/revoke.ts';
import type { SetupHost } from '../../../setup/setup-host.ts';
import { exitCodes } from '../../exit-codes.ts';
import { openIssuer, type DeployRequest } from './deploy.ts';
import { FindingReporter, reportFailure } from './deploy-report.ts';

/** Opens a host by its connect URI; whoever hands this in closes it. */
export type OpenHost = (connectUri: string) => Promise<SetupHost>;

/**
 * Revokes what was issued for a host, and tells every other host that has certificates.
 *
 * @returns 6 when one could not be told, or still lets the revoked host in.
 */
export async function runRevoke(connectUri: string, open: OpenHost, request: DeployRequest): Promise<number> {
  const { json, prompts, signal } = request;
  const reporter = new FindingReporter(json);
  const issuer = await openIssuer(request, reporter);
  try {
    const revoked = await open(connectUri);
    const uris = await issuer.known.read();
    const others: SetupHost[] = [];
    for (const name of await hostsToTell(issuer, revoked.name)) {
      const uri = uris.get(name);
      if (uri !== undefined) others.push(await open(uri));
      else {
        reporter.report({
          id: 'pki.revocations',
          side: 'host',
          host: name,
          level: 'error',
          summary: `How to reach ${name}, which has certificates as well, is not known here.`,
          remedy: `Run "viaduct pki renew" for ${name}, which brings it the list.`,
        });
      }
    }
    const options = { prompts, signal, tell: reporter.tell };
    await revoke(revoked, others, issuer, reporter.report, options);
    return reporter.exitCode === exitCodes.done ? exitCodes.done : exitCodes.needsPerson;
  } catch (error) {
    return reportFailure(error, signal);
  } finally {
    issuer.unlocked.lock();
  }
}
