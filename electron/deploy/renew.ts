import { renewCertificate } from '../pki/issue.ts';
import type { KeyKind } from '../pki/key-kinds.ts';
import type { IssuedEntry, LedgerEntry } from '../pki/ledger-entries.ts';
import type { UnlockedAuthority } from '../pki/unlocked-authority.ts';
import type { SetupHost } from '../setup/setup-host.ts';
import { DeployError } from './deploy-error.ts';
import { bring, openAll, type Issuer } from './deploy.ts';
import { requireKeyKind } from './key-choice.ts';
import { keptKeyKind } from './kept-key-kind.ts';
import type { Report } from './pki-finding.ts';
import type { DeployOptions } from './pki-host.ts';
import type { Place } from './trees.ts';

export interface RenewOptions extends DeployOptions {
  /** What kind of keys they get; default the kind that each host has. */
  key?: KeyKind | undefined;
}

/**
 * New keys and certificates, with the names of those that hosts have; before or after these expired.
 *
 * @throws {DeployError} `deploy-nothing-issued`, before anything is touched; otherwise as `deploy`.
 */
export async function renew(
  hosts: readonly SetupHost[],
  issuer: Issuer,
  report: Report,
  options: RenewOptions,
): Promise<IssuedEntry[]> {
  const { unlocked } = issuer;
  const entries = await unlocked.authority.ledger.read();
  const renewed = new Map(
    hosts.map(({ name }) => [
      name,
      everyPlace.map(([tree, purpose]) => newestOf(entries, name, tree, purpose, unlocked)),
    ]),
  );
  const opened = await openAll(hosts, options);
  const { key } = options;
  if (key !== undefined) requireKeyKind(opened, key);
  const kinds = new Map<string, KeyKind>();
  for (const host of opened) {
    kinds.set(host.name, key ?? (await keptKeyKind(host, renewed.get(host.name) ?? [], report)));
  }
  return bring(
    opened,
    issuer,
    ({ name }, { tree, purpose }, publicKey) =>
      renewCertificate(unlocked, newestOf(entries, name, tree, purpose, unlocked).serial, publicKey),
    report,
    { ...options, keyOf: ({ name }) => kinds.get(name) ?? 'rsa3072' },
  );
}

const everyPlace = (['libvirt', 'qemu'] as const).flatMap((tree) =>
  (['server', 'client'] as const).map((purpose) => [tree, purpose] as const),
);

function newestOf(
  entries: readonly LedgerEntry[],
  host: string,
  tree: Place['tree'],
  purpose: Place['purpose'],
  { authority }: UnlockedAuthority,
): IssuedEntry {
  const newest = entries
    .filter((entry) => entry.type === 'issued')
    .findLast((entry) => entry.host === host && entry.usedBy === tree && entry.purposes.includes(purpose));
  if (newest !== undefined) return newest;
  throw new DeployError(
    'deploy-nothing-issued',
    `${authority.name} has issued no certificate as ${tree} ${purpose} for ${host}.`,
    { remedy: `Run "viaduct pki deploy" for ${host}.` },
  );
}
