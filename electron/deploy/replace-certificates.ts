import type { KeyObject } from 'node:crypto';
import type { IssuedPem } from '../pki/issue.ts';
import type { KeyKind } from '../pki/key-kinds.ts';
import type { IssuedEntry } from '../pki/ledger-entries.ts';
import type { StagedFile } from './certificate-hand.ts';
import { DeployError } from './deploy-error.ts';
import { makeHostKey } from './make-host-key.ts';
import type { Report } from './pki-finding.ts';
import { requireUsualPaths, type DeployOptions, type PkiHost } from './pki-host.ts';
import { putInUse } from './put-in-use.ts';
import { filesOf, type Place, type TreeFile } from './trees.ts';

/** What hosts are told to trust, and whom no longer. */
export interface Trust {
  authorities: string;
  revocations: string | undefined;
}

/** Signs a host's public key for one place of its trees. */
export type Sign = (host: PkiHost, place: Place, publicKey: KeyObject) => Promise<IssuedPem>;

export interface ReplaceOptions extends DeployOptions {
  /** What kind of keys a host gets; default RSA 3072. Whether it takes that has been made sure of. */
  keyOf?: ((host: PkiHost) => KeyKind) | undefined;
}

/** A host's new files, which wait beside those that they replace. */
export interface StagedSet {
  host: PkiHost;
  files: StagedFile[];
  issued: IssuedEntry[];
}

/**
 * Gives hosts new keys and certificates in both trees. All of them are made before one is put in place; then host by
 * host they are put in place, read by the daemon and seen in use, or taken back.
 *
 * @param trust what it lacks stays as it is on the hosts.
 * @returns what was issued and is in place.
 * @throws {HostChangeError} {DeployError} {PkiError}; hosts that were reported as done keep their new set.
 */
export async function replaceCertificates(
  hosts: readonly PkiHost[],
  trust: Partial<Trust>,
  sign: Sign,
  report: Report,
  options: ReplaceOptions,
): Promise<IssuedEntry[]> {
  requireReplaceable(hosts);
  const staged = await stageAll(hosts, (host) => stage(host, trust, sign, report, options));
  return putSetsInUse(staged, report, options, discardAll);
}

/** @throws {DeployError} `deploy-other-paths`, `deploy-same-host`. */
export function requireReplaceable(hosts: readonly PkiHost[]): void {
  for (const host of hosts) requireUsualPaths(host);
  requireDifferent(hosts);
}

/**
 * Host by host, new sets are put in place, read by the daemon and seen in use, or taken back.
 *
 * @param giveUp is told of the hosts whose sets are not in place, when one could not be.
 * @returns what was issued and is in place.
 * @throws as `replaceCertificates`.
 */
export async function putSetsInUse(
  staged: readonly StagedSet[],
  report: Report,
  options: DeployOptions,
  giveUp: (hosts: readonly PkiHost[]) => Promise<void>,
): Promise<IssuedEntry[]> {
  const hosts = staged.map(({ host }) => host);
  const issued: IssuedEntry[] = [];
  for (const [index, one] of staged.entries()) {
    options.tell?.(`Putting the certificates of ${one.host.name} in use ...`);
    const server = one.issued.find(
      ({ usedBy, purposes }) => usedBy === 'libvirt' && purposes.includes('server'),
    );
    try {
      options.signal?.throwIfAborted();
      await putInUse(one.host, one.files, {
        others: hosts,
        fingerprint: server?.fingerprint,
        report,
        options,
      });
    } catch (error) {
      await giveUp(hosts.slice(index));
      throw error;
    }
    issued.push(...one.issued);
  }
  return issued;
}

async function stageAll<T>(hosts: readonly PkiHost[], stageOne: (host: PkiHost) => Promise<T>): Promise<T[]> {
  const outcomes = await Promise.allSettled(hosts.map(stageOne));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed === undefined) return outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  await discardAll(hosts);
  throw failed.reason;
}

/** A host that cannot be reached any more keeps what waits there; the next run takes it away. */
async function discardAll(hosts: readonly PkiHost[]): Promise<void> {
  await Promise.allSettled(hosts.map(({ hand, trees }) => hand.discard(filesOf(trees))));
}

async function stage(
  host: PkiHost,
  trust: Partial<Trust>,
  sign: Sign,
  report: Report,
  { tell, signal, keyOf }: ReplaceOptions,
): Promise<StagedSet> {
  const { hand, trees, name } = host;
  const kind = keyOf?.(host) ?? 'rsa3072';
  await hand.discard(filesOf(trees));
  await hand.makeFolders(trees.folders);
  const files = [...(await stageTrust(host, trust))];
  const issued: IssuedEntry[] = [];
  for (const place of trees.places) {
    signal?.throwIfAborted();
    tell?.(`Making the ${place.tree} ${place.purpose} key of ${name} ...`);
    const { publicKey, key } = await makeHostKey(host, place.key, kind);
    const { pem, entry } = await sign(host, place, publicKey);
    files.push(key, await hand.stage(place.certificate, Buffer.from(pem)));
    issued.push(entry);
  }
  reportKeys(host, report);
  return { host, files, issued };
}

/** Says where the keys of a host were made, once they are. */
export function reportKeys({ name, keyTool }: PkiHost, report: Report): void {
  report({
    id: 'pki.keys',
    side: 'host',
    host: name,
    ...(keyTool === undefined
      ? {
          level: 'info',
          summary: `${name} has neither openssl nor certtool: its keys were made in memory here and placed over SSH; no copy was kept.`,
        }
      : { level: 'ok', summary: `The keys were made on ${name} with ${keyTool}, and did not leave it.` }),
  });
}

/** @returns the files that now wait, which are those of what there is to trust. */
export async function stageTrust(
  { hand, trees }: PkiHost,
  { authorities, revocations }: Partial<Trust>,
): Promise<StagedFile[]> {
  const files: StagedFile[] = [];
  const put = async (file: TreeFile, text: string | undefined): Promise<void> => {
    if (text !== undefined) files.push(await hand.stage(file, Buffer.from(text)));
  };
  for (const file of trees.authorities) await put(file, authorities);
  for (const file of trees.revocations) await put(file, revocations);
  return files;
}

/** The same machine under two names would get its files twice at the same time. */
function requireDifferent(hosts: readonly PkiHost[]): void {
  const seen = new Map<string, string>();
  for (const { name, facts } of hosts) {
    const id = facts.machineId;
    const earlier = seen.get(id);
    if (earlier !== undefined && id !== 'unknown') {
      throw new DeployError('deploy-same-host', `${earlier} and ${name} are the same machine.`, {
        remedy: 'Name every host once. Machines that were cloned need a machine-id of their own.',
      });
    }
    seen.set(id, name);
  }
}
