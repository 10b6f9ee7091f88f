import { messageOf } from '../common/errors.ts';
import { issuedCertificates } from '../pki/ledger-view.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { trustOf, type Issuer } from './deploy.ts';
import type { Report } from './pki-finding.ts';
import { openPkiHost, type DeployOptions, type PkiHost } from './pki-host.ts';
import { putInUse } from './put-in-use.ts';
import { stageTrust } from './replace-certificates.ts';

/**
 * The hosts that have to know of a revocation, by name: all that the authority has issued for, but the one that is
 * revoked. (The order of issue is that in which the hosts made their keys, another one each time.) Workstations have a
 * client's certificate alone, and nobody to turn away.
 */
export async function hostsToTell({ unlocked }: Issuer, revoked: string): Promise<string[]> {
  const certificates = issuedCertificates(await unlocked.authority.ledger.read(), unlocked.now());
  const names = certificates
    .filter(({ state, purposes }) => state !== 'expired' && purposes.includes('server'))
    .map(({ host }) => host);
  return [...new Set(names)].filter((name) => name !== revoked).toSorted();
}

/**
 * Brings the revocation list to hosts, whose daemons read it at once. A host that cannot be told is reported, and the
 * others are told. One whose certificates were undone meanwhile needs no list.
 *
 * @returns the hosts that have it.
 */
export async function bringRevocations(
  hosts: readonly SetupHost[],
  issuer: Issuer,
  report: Report,
  options: DeployOptions,
): Promise<PkiHost[]> {
  const { revocations } = await trustOf(issuer);
  const told: PkiHost[] = [];
  for (const one of hosts) {
    const host = await orReport(one.name, report, async () => {
      const opened = await openPkiHost(one, options);
      if (!(await trustsAnybody(opened))) {
        reportNotNeeded(opened, report);
        return undefined;
      }
      options.tell?.(`Bringing the revocation list to ${one.name} ...`);
      await opened.hand.discard([...opened.trees.revocations]);
      const files = await stageTrust(opened, { revocations });
      await putInUse(opened, files, { others: [], fingerprint: undefined, report, options });
      return opened;
    });
    if (host !== undefined) told.push(host);
  }
  return told;
}

/** One host that cannot be told does not keep the others from being told. */
async function orReport(
  name: string,
  report: Report,
  work: () => Promise<PkiHost | undefined>,
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

async function trustsAnybody({ hand, trees }: PkiHost): Promise<boolean> {
  const texts = await Promise.all(trees.authorities.map((file) => hand.read(file)));
  return texts.some((text) => text !== undefined && text.trim() !== '');
}

function reportNotNeeded({ name }: PkiHost, report: Report): void {
  report({
    id: 'pki.revocations',
    side: 'host',
    host: name,
    level: 'info',
    summary: `${name} trusts no authority any more, and lets nobody in: it needs no revocation list.`,
  });
}
