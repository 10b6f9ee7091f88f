import { join } from 'node:path';
import { AuthorityStore, type ImportedAuthority } from '../../../pki/authority-store.ts';
import { authorityFiles } from '../../../pki/authority.ts';
import { maxBundleBytes } from '../../../pki/certificate.ts';
import { keyLabel } from '../../../pki/key-kinds.ts';
import { BadInputError } from '../../../common/errors.ts';
import { exitCodes } from '../../exit-codes.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { authorityFields } from './authority-fields.ts';
import { readInputFile } from './input-file.ts';
import { readPassphraseFile } from './passphrase-file.ts';

export interface ImportAuthorityRequest {
  name: string;
  certificate: string;
  /** Without it, requests are signed elsewhere. */
  key: string | undefined;
  keyPassphraseFile: string | undefined;
  passphraseFile: string | undefined;
  json: boolean;
}

/** Takes over an authority that exists. The files that it came from are left alone. */
export async function runImportAuthority(home: string, request: ImportAuthorityRequest): Promise<number> {
  const { name, json } = request;
  const certificate = await readInputFile(request.certificate, 'certificate', maxBundleBytes);
  const key = await readKey(request);
  const wanted = { name, certificate, ...(key !== undefined && { key }) };
  const authority = await new AuthorityStore(home).import(wanted);
  if (json) {
    writeJsonLine('authority', await authorityFields(authority, new Date()));
    return exitCodes.done;
  }
  const { publicKey, notAfter } = authority.certificate;
  const keyWords = authority.hasKey
    ? `Its key is encrypted anew in ${join(authority.folder, authorityFiles.key)}; the file that it came from is as it was.`
    : 'Its key is elsewhere: "viaduct pki request" makes what is to be signed there, "viaduct pki accept" takes what comes back.';
  process.stdout.write(
    `The certificate authority ${name} (${keyLabel(publicKey)}) is known here now, valid until ${notAfter.toISOString().slice(0, 10)}.\n${keyWords}\n`,
  );
  return exitCodes.done;
}

async function readKey(request: ImportAuthorityRequest): Promise<ImportedAuthority['key']> {
  const { key, keyPassphraseFile, passphraseFile } = request;
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  if (key === undefined) {
    if (keyPassphraseFile === undefined && passphraseFile === undefined) return undefined;
    throw badOptions('A passphrase is for a key, and no key was named.', 'Add --key, or leave them out.');
  }
  if (passphraseFile === undefined) {
    throw badOptions(
      'The key is to be encrypted here, and with which passphrase was not said.',
      'Add --passphrase-file.',
    );
  }
  const passphrase = await readPassphraseFile(passphraseFile, say);
  const pem = await readInputFile(key, 'key', maxBundleBytes);
  if (keyPassphraseFile === undefined) return { pem, passphrase };
  return { pem, openedWith: await readPassphraseFile(keyPassphraseFile, say), passphrase };
}

function badOptions(message: string, remedy: string): BadInputError {
  return new BadInputError('bad-import', message, { side: 'client', remedy });
}
