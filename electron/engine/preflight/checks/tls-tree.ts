import { weakestRsaBits } from '../../../pki/inspect-strength.ts';
import { inspectCredentials, type CredentialInput, type CredentialReport } from '../../../pki/verify.ts';
import type { CredentialAspect } from '../../../pki/problems.ts';
import { parsePublicKey } from '../../../pki/public-key.ts';
import type { Finding } from '../../finding.ts';
import { nativeTlsOnly, type Check } from '../check.ts';
import type { HostFacts, PreflightContext } from '../context.ts';
import type { PublicTlsFile, TlsTree } from '../facts/tls-tree.ts';
import { findingsOf } from '../finding-of.ts';
import { certificateWords, purposeOf } from '../tls-words.ts';
import { orUndefined } from '../once.ts';
import { judgeFiles } from './tls-files.ts';

/**
 * The certificates that QEMU on one host will use in this migration: files and who may read them, chain, dates,
 * usage, strength, and whether the key belongs to the certificate.
 */
export function tlsTreeCheck(side: 'source' | 'destination'): Check {
  return {
    id: `tls.${side}`,
    title: `${certificateWords[purposeOf[side]]} on the ${side}`,
    side,
    needs: ['guest', side],
    applies: nativeTlsOnly,
    run: async (context) => {
      const host = context[side];
      const tree = await host.tlsTree(purposeOf[side]);
      const terms = { now: await timeOf(host, context.now), minRsaBits: await strictestKeyPolicy(context) };
      return judgeTree(host, tree, terms);
    },
  };
}

/** What the host takes for the time, by which it judges certificates; ours where it does not tell. */
export async function timeOf(host: HostFacts, now: Date): Promise<Date> {
  const clock = await orUndefined(() => host.clock());
  if (clock === undefined || Math.abs(clock.offsetMs) <= clock.uncertaintyMs) return now;
  return new Date(now.getTime() + clock.offsetMs);
}

/** Each host verifies its own certificate and that of the other. */
export async function strictestKeyPolicy({ source, destination }: PreflightContext): Promise<number> {
  const policies = [source, destination].map((host) => orUndefined(() => host.minRsaBits()));
  return Math.max(weakestRsaBits, ...(await Promise.all(policies)).filter((bits) => bits !== undefined));
}

function judgeTree(
  host: HostFacts,
  tree: TlsTree,
  terms: Pick<CredentialInput, 'now' | 'minRsaBits'>,
): Finding[] {
  const files = judgeFiles(host, tree);
  const ca = contentOf(tree.ca);
  const cert = contentOf(tree.certificate);
  // Without both files there is nothing to judge, and the finding about the files says so.
  if (ca === undefined || cert === undefined) return files;
  const report = inspectCredentials({ ca, cert, purpose: purposeOf[host.side], ...terms });
  return [...files, ...judgeReport(host, report), ...judgeKey(host, tree, report)];
}

export function contentOf(file: PublicTlsFile): string | undefined {
  return file.content !== undefined && 'pem' in file.content ? file.content.pem : undefined;
}

/** The aspects of a credential that are findings of their own, and what is said when nothing is wrong. */
const aspects: readonly [CredentialAspect, string][] = [
  ['file', 'can be read'],
  ['chain', 'was issued by a CA of its CA file'],
  ['dates', 'is within its dates'],
  ['usage', 'may be used for this'],
  ['strength', 'uses no weak algorithm'],
];

function judgeReport(host: HostFacts, report: CredentialReport): Finding[] {
  return aspects.flatMap(([aspect, praise]) => {
    const finding = findingsOf(`tls.${host.side}.${aspect === 'file' ? 'content' : aspect}`, host.side);
    const problems = report.problems.filter((problem) => problem.aspect === aspect);
    if (problems.length > 0) {
      return problems.map(({ severity, message, remedy }) =>
        finding[severity]({ summary: `${host.name}: ${message}`, remedy, ...evidenceOf(report) }),
      );
    }
    // A certificate that cannot be read was reported as such; nothing good can be said about it.
    if (report.leaf === undefined || report.authorities.length === 0) return [];
    const subject = `${certificateWords[purposeOf[host.side]]} of ${host.name}`;
    return [finding.ok(`The ${subject} ${praise}.`, evidenceOf(report).evidence)];
  });
}

export function evidenceOf({ leaf }: CredentialReport): { evidence?: string } {
  if (leaf === undefined) return {};
  const dates = `${leaf.notBefore.toISOString()} to ${leaf.notAfter.toISOString()}`;
  return {
    evidence: `${leaf.subject}, issued by ${leaf.issuer}, valid ${dates}, SHA-256 ${leaf.fingerprint}`,
  };
}

/** Only the public half of the key ever leaves the host. */
function judgeKey(host: HostFacts, tree: TlsTree, { leaf }: CredentialReport): Finding[] {
  const finding = findingsOf(`tls.${host.side}.key-match`, host.side);
  // No key at all is what the finding about the files is for.
  if (leaf === undefined || tree.key.stat === undefined) return [];
  const publicKey = 'output' in tree.keysPublicHalf ? parsePublicKey(tree.keysPublicHalf.output) : undefined;
  if (publicKey === undefined) {
    const reason =
      'unavailable' in tree.keysPublicHalf ? tree.keysPublicHalf.unavailable : 'its answer was no key';
    return [
      finding.unknown({
        summary: `Whether ${tree.key.path} on ${host.name} belongs to its certificate was not checked: ${reason}.`,
        remedy: `Compare them on ${host.name}: openssl pkey -pubout -in ${tree.key.path}`,
      }),
    ];
  }
  if (!publicKey.equals(leaf.publicKey)) {
    return [
      finding.error({
        summary: `The key ${tree.key.path} on ${host.name} does not belong to ${tree.certificate.path}.`,
        remedy: `Install key and certificate of one pair on ${host.name}.`,
      }),
    ];
  }
  return [finding.ok(`Key and certificate of ${host.name} belong together.`, tree.key.path)];
}
