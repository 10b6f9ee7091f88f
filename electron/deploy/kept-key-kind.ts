import { keyKindOf, keyLabels, type KeyKind } from '../pki/key-kinds.ts';
import type { IssuedEntry } from '../pki/ledger-entries.ts';
import { certificatesIn } from './certificates-in.ts';
import type { Report } from './pki-finding.ts';
import type { PkiHost } from './pki-host.ts';

/**
 * The kind of the keys of a host's set, by those of its certificates that are to be renewed; the ledger does not have it.
 * Where none of them is on the host any more it is RSA, and that is said.
 */
export async function keptKeyKind(
  { name, hand, trees }: PkiHost,
  renewed: readonly IssuedEntry[],
  report: Report,
): Promise<KeyKind> {
  const fingerprints = new Set(renewed.map(({ fingerprint }) => fingerprint));
  for (const { certificate } of trees.places) {
    const [leaf] = certificatesIn(await hand.read(certificate));
    const kind = leaf && fingerprints.has(leaf.fingerprint) ? keyKindOf(leaf.publicKey) : undefined;
    if (kind !== undefined) return kind;
  }
  report({
    id: 'pki.key-kind',
    side: 'host',
    host: name,
    level: 'info',
    summary: `The certificates that were issued for ${name} are not on it, so what kind of keys they had is not known: the new ones are ${keyLabels.rsa3072}.`,
  });
  return 'rsa3072';
}
