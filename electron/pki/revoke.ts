import { join } from 'node:path';
import { writeFileAtomically } from '../common/atomic-file.ts';
import { authorityFiles, type Authority } from './authority.ts';
import { issuedEntry } from './issue.ts';
import type { LedgerEntry, RevokedEntry } from './ledger-entries.ts';
import { issuedCertificates, revocations } from './ledger-view.ts';
import { PkiError } from './pki-error.ts';
import { readRevocationList, type RevocationList } from './revocation-list.ts';
import type { RevocationReason } from './sign.ts';
import type { UnlockedAuthority } from './unlocked-authority.ts';

/**
 * Revokes certificates and makes the list that says so, which then has to be brought to every host. Certificates
 * that were revoked before stay as they are; so a run that was cut off is simply repeated.
 *
 * @returns the revocation list.
 * @throws BadInputError `serial-unknown`; {PkiError} of the authority and the ledger.
 */
export async function revokeCertificates(
  unlocked: UnlockedAuthority,
  serials: readonly string[],
  reason: RevocationReason,
): Promise<string> {
  const { ledger } = unlocked.authority;
  const entries = await ledger.read();
  const revoked = new Set(revocations(entries).map(({ serial }) => serial));
  const added = serials
    .map((serial) => issuedEntry(entries, serial).serial)
    .filter((serial) => !revoked.has(serial))
    .map((serial): RevokedEntry => ({ type: 'revoked', at: unlocked.now(), serial, reason }));
  if (added.length > 0) await ledger.append(...added);
  return publishRevocationList(unlocked);
}

/**
 * Signs the list of all that is revoked and puts it into the authority's folder.
 *
 * Its number is the length of the ledger, so it rises with every list. When another process has added to the
 * ledger meanwhile, the list is made again, so that the last one written never lacks a revocation.
 */
export async function publishRevocationList(unlocked: UnlockedAuthority): Promise<string> {
  const { folder, ledger } = unlocked.authority;
  await ledger.append({ type: 'revocation-list', at: unlocked.now() });
  for (let entries = await ledger.read(); ;) {
    const pem = await unlocked.signRevocationList({
      number: entries.length,
      revocations: revocations(entries),
      now: unlocked.now(),
    });
    await writeFileAtomically(join(folder, authorityFiles.revocationList), pem);
    const read = entries.length;
    entries = await ledger.read();
    if (entries.length === read) return pem;
  }
}

/**
 * Takes a revocation list of an authority whose key is elsewhere.
 *
 * @throws {PkiError} `revocation-list-unreadable`, `revocation-list-foreign`, `revocation-list-older`.
 */
export async function acceptRevocationList(authority: Authority, file: string, now: Date): Promise<void> {
  const list = readRevocationList(file);
  if (!(await list.isSignedBy(authority.certificate.pem))) {
    throw new PkiError('revocation-list-foreign', `The revocation list is not signed by ${authority.name}.`, {
      side: 'client',
      remedy: 'Give the list of the authority that issued the certificates.',
    });
  }
  const current = await authority.revocationList();
  if (current !== undefined && readRevocationList(current).thisUpdate > list.thisUpdate) {
    throw new PkiError('revocation-list-older', 'The revocation list is older than the one that is here.', {
      side: 'client',
      remedy: 'Give the newest list.',
    });
  }
  const certificates = issuedCertificates(await authority.ledger.read(), now);
  const added = certificates.filter(({ serial, state }) => state !== 'revoked' && isListed(list, serial));
  if (added.length > 0) {
    await authority.ledger.append(
      ...added.map(({ serial }): RevokedEntry => ({
        type: 'revoked',
        at: now,
        serial,
        reason: 'unspecified',
      })),
    );
  }
  await writeFileAtomically(join(authority.folder, authorityFiles.revocationList), list.pem);
}

/** How many revocations are not in the list, as after a run that was cut off: nobody is refused for those yet. */
export function unlistedRevocations(entries: readonly LedgerEntry[], listPem: string | undefined): number {
  const list = listPem === undefined ? undefined : readRevocationList(listPem);
  return revocations(entries).filter(({ serial }) => list === undefined || !isListed(list, serial)).length;
}

function isListed({ revoked }: RevocationList, serial: string): boolean {
  return revoked.some((entry) => entry.serial === serial);
}
