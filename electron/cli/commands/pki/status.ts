import { AuthorityStore } from '../../../pki/authority-store.ts';
import { issuedCertificates } from '../../../pki/ledger-view.ts';
import { exitCodeOfError, exitCodes } from '../../exit-codes.ts';
import { errorText } from '../../output/error-text.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { authorityFields, certificateFields } from './authority-fields.ts';
import { authorityText, certificateLine } from './status-text.ts';

/**
 * Shows every authority with what it has issued, by what is on this machine alone. One that cannot be read is told
 * about, and does not hide the others.
 */
export async function runPkiStatus(home: string, json: boolean): Promise<number> {
  const now = new Date();
  const store = new AuthorityStore(home);
  const names = await store.names();
  if (names.length === 0 && !json) {
    process.stdout.write('There is no certificate authority yet; "viaduct pki create-ca" makes one.\n');
  }
  let exitCode: number = exitCodes.done;
  for (const name of names) {
    try {
      await showAuthority(store, name, now, json);
    } catch (error) {
      process.stderr.write(`${errorText(error)}\n`);
      exitCode = exitCodeOfError(error);
    }
  }
  return exitCode;
}

async function showAuthority(store: AuthorityStore, name: string, now: Date, json: boolean): Promise<void> {
  const authority = await store.open(name);
  const fields = await authorityFields(authority, now);
  const certificates = issuedCertificates(await authority.ledger.read(), now).map((certificate) =>
    certificateFields(name, certificate, now),
  );
  if (json) {
    writeJsonLine('authority', fields);
    for (const certificate of certificates) writeJsonLine('certificate', certificate);
    return;
  }
  process.stdout.write([authorityText(fields), ...certificates.map(certificateLine)].join('\n') + '\n');
}
