import { ViaductError } from '../../common/errors.ts';
import { hostsToTell } from '../../deploy/bring-revocations.ts';
import type { Issuer } from '../../deploy/deploy.ts';
import type { Report } from '../../deploy/pki-finding.ts';
import type { DeployOptions } from '../../deploy/pki-host.ts';
import { revoke } from '../../deploy/revoke.ts';
import type { SetupHost } from '../../setup/setup-host.ts';
import type { BoardHost } from './host-looks.ts';

/** How hosts are found by the names that the ledger has. */
export interface Reach {
  board: readonly BoardHost[];
  uris: ReadonlyMap<string, string>;
  open: (connectUri: string) => SetupHost & { close(): Promise<void> };
}

/**
 * Revokes a host's certificates of each authority that has issued for it, and brings the lists to all others: to those on
 * the board by their connections, to the rest as they were reached when they got their certificates.
 *
 * @throws as `revoke`.
 */
export async function revokeEverywhere(
  owner: string,
  issuers: readonly Issuer[],
  reach: Reach,
  report: Report,
  options: DeployOptions,
): Promise<void> {
  const opened: { close(): Promise<void> }[] = [];
  const hostOf = (name: string): SetupHost | undefined => {
    const known = reach.board.find(({ host }) => host.name === name)?.host;
    const uri = reach.uris.get(name);
    if (known !== undefined || uri === undefined) return known;
    const host = reach.open(uri);
    opened.push(host);
    return host;
  };
  try {
    const revoked = hostOf(owner) ?? unreachable(owner);
    for (const issuer of issuers) {
      const others: SetupHost[] = [];
      for (const name of await hostsToTell(issuer, owner)) {
        const host = hostOf(name);
        if (host !== undefined) others.push(host);
        else reportUnknown(name, report);
      }
      await revoke(revoked, others, issuer, report, options);
    }
  } finally {
    await Promise.all(opened.map((host) => host.close()));
  }
}

function reportUnknown(name: string, report: Report): void {
  report({
    id: 'pki.revocations',
    side: 'host',
    host: name,
    level: 'error',
    summary: `How to reach ${name}, which has certificates as well, is not known here.`,
    remedy: `Add ${name} to the board and renew its certificates: that brings it the list.`,
  });
}

/** A host that is gone for good can be revoked all the same; only whether it is refused cannot be tried. */
function unreachable(name: string): SetupHost {
  const fail = (): Promise<never> =>
    Promise.reject(
      new ViaductError('host-unknown', `How to reach ${name} is not known here.`, {
        remedy: `Add ${name} to the board.`,
      }),
    );
  return { name, connectUri: '', connect: fail, shell: fail };
}
