import { beginRotation } from '../../../deploy/rotation/rotation.ts';
import { AuthorityStore } from '../../../pki/authority-store.ts';
import { keyLabel, type KeyKind } from '../../../pki/key-kinds.ts';
import { exitCodes } from '../../exit-codes.ts';
import { writeJsonLine } from '../../output/json-lines.ts';
import { authorityFields } from './authority-fields.ts';
import { readPassphraseFile } from './passphrase-file.ts';

export interface RotateBeginRequest {
  /** Of the authority that is to be replaced. */
  ca: string | undefined;
  /** Of the new one. */
  name: string | undefined;
  key: KeyKind;
  days: number;
  passphraseFile: string;
  json: boolean;
}

/** Makes the authority that is to take the place of another. */
export async function runRotateBegin(home: string, request: RotateBeginRequest): Promise<number> {
  const { ca, name, key, days, passphraseFile, json } = request;
  const say = (sentence: string) => process.stderr.write(`${sentence}\n`);
  const passphrase = await readPassphraseFile(passphraseFile, say);
  const wanted = { ...(name !== undefined && { name }), key, days, passphrase };
  const { successor, replaced } = await beginRotation(new AuthorityStore(home), ca, wanted);
  if (json) {
    writeJsonLine('authority', await authorityFields(successor, new Date()));
    return exitCodes.done;
  }
  process.stdout.write(
    `${successor.name} (${keyLabel(successor.certificate.publicKey)}) is made, to take the place of ${replaced.name}. No host knows of it yet.\n` +
      'Run "viaduct pki rotate next" until every host has its certificates of it, then "viaduct pki rotate finish".\n',
  );
  return exitCodes.done;
}
