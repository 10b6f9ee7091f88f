import { join } from 'node:path';
import { AuthorityStore } from '../../../pki/authority-store.ts';
import { authorityFiles } from '../../../pki/authority.ts';
import { keyLabel, type KeyKind } from '../../../pki/key-kinds.ts';
import { exitCodes } from '../../exit-codes.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { authorityFields } from './authority-fields.ts';
import { readPassphraseFile } from './passphrase-file.ts';

export interface CreateAuthorityRequest {
  name: string;
  key: KeyKind;
  days: number;
  passphraseFile: string;
  json: boolean;
}

/** Makes a certificate authority; its key is encrypted with the passphrase of the file. */
export async function runCreateAuthority(
  home: string,
  { name, key, days, passphraseFile, json }: CreateAuthorityRequest,
): Promise<number> {
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  const passphrase = await readPassphraseFile(passphraseFile, say);
  if (process.stderr.isTTY) say('Making the key and its certificate ...');
  const authority = await new AuthorityStore(home).create({ name, key, days, passphrase });
  if (json) {
    writeJsonLine('authority', await authorityFields(authority, new Date()));
    return exitCodes.done;
  }
  const until = authority.certificate.notAfter.toISOString().slice(0, 10);
  process.stdout.write(
    `The certificate authority ${name} (${keyLabel(authority.certificate.publicKey)}) is made, valid until ${until}.\n` +
      `Its key is encrypted in ${join(authority.folder, authorityFiles.key)}. Keep a copy of that folder and the passphrase: without them no certificate can be renewed.\n`,
  );
  return exitCodes.done;
}
