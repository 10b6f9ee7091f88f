import type { Authority } from '../pki/authority.ts';
import type { AuthorityStore } from '../pki/authority-store.ts';
import type { Certificate } from '../pki/certificate.ts';
import { isTrustedBy } from '../pki/inspect-chain.ts';
import { revocations } from '../pki/ledger-view.ts';
import { replacedPath } from './certificate-script.ts';
import { certificatesIn } from './certificates-in.ts';
import { DeployError } from './deploy-error.ts';
import type { Report } from './pki-finding.ts';
import type { PkiHost } from './pki-host.ts';
import type { ReplacedFile } from './replaced-set.ts';
import type { TreeFile } from './trees.ts';

/** A file of the trees that a set replaced. */
export interface Replaced extends ReplacedFile {
  file: TreeFile;
}

/** What is to be in place again, of one tree. */
interface BeforeTree {
  /** With what stands in the file behind it, of the server and of the client. */
  chains: { leaf: Certificate; between: Certificate[] }[];
  /** What the host will trust. */
  trusted: Certificate[];
  /** What it trusts now, as do those that got their certificates along with it. */
  trustedNow: Certificate[];
}

/**
 * Whether a host would work with the certificates of before. A set of another authority is told alone: its peers can be
 * taken back to that as well, but to one that was retired no host goes back.
 *
 * @throws {DeployError} `deploy-undo-expired`, `deploy-undo-revoked`, `deploy-undo-untrusted`.
 */
export async function requireUsable(
  host: PkiHost,
  replaced: readonly Replaced[],
  store: AuthorityStore,
  report: Report,
): Promise<void> {
  const authorities = await Promise.all((await store.names()).map((name) => store.open(name)));
  const now = new Date();
  const strange = new Set<string>();
  for (const tree of ['libvirt', 'qemu'] as const) {
    const before = await treeBefore(host, replaced, tree);
    for (const { leaf, between } of before.chains) {
      requireValid(host, [leaf, ...before.trusted], now);
      const issuer = authorities.find(({ certificate }) => isTrustedBy(leaf, between, [certificate]));
      await requireNotRevoked(host, leaf, issuer);
      requireNotRetired(host, issuer, authorities);
      requireTrusted(host, isTrustedBy(leaf, between, before.trusted), leaf);
      if (!isTrustedBy(leaf, between, before.trustedNow)) strange.add(issuer?.name ?? leaf.issuer);
    }
  }
  if (strange.size > 0) reportStrange(host, [...strange].join(', '), report);
}

async function treeBefore(
  { trees, hand }: PkiHost,
  replaced: readonly Replaced[],
  tree: TreeFile['tree'],
): Promise<BeforeTree> {
  const ofTree = replaced.filter(({ file }) => file.tree === tree);
  const certificates = ofTree.filter(({ file, was }) => file.part === 'certificate' && was === 'old');
  // After a run that was cut off, the old file is in place already.
  const before = async (path: string): Promise<Certificate[]> =>
    certificatesIn((await hand.read({ path: replacedPath(path) })) ?? (await hand.read({ path })));
  const chains: BeforeTree['chains'] = [];
  for (const { path } of certificates) {
    const [leaf, ...between] = await before(path);
    if (leaf !== undefined) chains.push({ leaf, between });
  }
  const path = trees.authorities.find((file) => file.tree === tree)?.path ?? '';
  const trustedNow = certificatesIn(await hand.read({ path }));
  const isReplaced = ofTree.some((one) => one.path === path && one.was === 'old');
  return { chains, trusted: isReplaced ? await before(path) : trustedNow, trustedNow };
}

/** libvirt and QEMU look at the dates of every certificate of the CA file as well, and do not start over one. */
function requireValid({ name }: PkiHost, certificates: readonly Certificate[], now: Date): void {
  const expired = certificates.find(({ notAfter }) => now > notAfter);
  if (expired === undefined) return;
  const day = expired.notAfter.toISOString().slice(0, 10);
  throw new DeployError(
    'deploy-undo-expired',
    `In the certificates that ${name} had before, that of ${expired.label} expired on ${day}: its daemon would not start with them.`,
    { remedy: newOnes },
  );
}

async function requireNotRevoked(
  { name }: PkiHost,
  { serial }: Certificate,
  issuer: Authority | undefined,
): Promise<void> {
  const revoked = issuer === undefined ? [] : revocations(await issuer.ledger.read());
  if (!revoked.some((one) => one.serial === serial)) return;
  throw new DeployError('deploy-undo-revoked', `The certificates that ${name} had before are revoked.`, {
    remedy: newOnes,
  });
}

function requireNotRetired(
  { name }: PkiHost,
  issuer: Authority | undefined,
  authorities: readonly Authority[],
): void {
  const successor = authorities.find(({ record }) => record.replaces === issuer?.name);
  if (issuer === undefined || successor === undefined) return;
  if (successor.record.overlaps.includes(issuer.name)) return;
  throw new DeployError(
    'deploy-undo-untrusted',
    `The certificates that ${name} had before are of ${issuer.name}, which ${successor.name} took the place of: no host trusts it any more.`,
    { remedy: newOnes },
  );
}

function requireTrusted({ name }: PkiHost, isTrusted: boolean, { label, issuer }: Certificate): void {
  if (isTrusted) return;
  throw new DeployError(
    'deploy-undo-untrusted',
    `${name} would not trust its own certificate of before, that of ${label} by ${issuer}: its daemon would not start with it.`,
    { remedy: newOnes },
  );
}

function reportStrange({ name }: PkiHost, issuers: string, report: Report): void {
  report({
    id: 'pki.undo.trust',
    side: 'host',
    host: name,
    level: 'warning',
    summary: `The certificates that ${name} had before are of ${issuers}: hosts that have the newer ones do not trust them, nor does it those.`,
    remedy: 'Undo the newest certificates of the other hosts as well.',
  });
}

const newOnes = 'Make new ones with "viaduct pki renew" if those that are there now are no good.';
