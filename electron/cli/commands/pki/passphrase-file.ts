import { BadInputError } from '../../../common/errors.ts';
import { Passphrase } from '../../../pki/passphrase.ts';
import { inWords, readStart } from './input-file.ts';

/** More than any passphrase, so that the wrong file is noticed before it is read as a whole. */
const maxFileBytes = 4096;

/**
 * The passphrase in a file, without the line break at its end. A pipe will do.
 *
 * @param warn is told when others on this machine can read the file: a reason to change that, but not to refuse,
 * since secrets that a service manager or container mounts are often readable by a group.
 * @throws BadInputError `passphrase-file-unreadable`, `bad-passphrase`.
 */
export async function readPassphraseFile(
  path: string,
  warn: (sentence: string) => void,
): Promise<Passphrase> {
  const { bytes, mode } = await readOrSay(path);
  if (bytes.length > maxFileBytes) throw unreadable(path, 'it is too large to be a passphrase');
  if ((mode & 0o077) !== 0) {
    warn(`Other users of this machine can read the passphrase in ${path}; "chmod 600" on it prevents that.`);
  }
  return new Passphrase(decode(bytes, path).replace(/\r?\n$/, ''));
}

async function readOrSay(path: string): Promise<{ bytes: Buffer; mode: number }> {
  try {
    return await readStart(path, maxFileBytes);
  } catch (cause) {
    throw unreadable(path, inWords(cause), cause);
  }
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(path, 'it is not text in UTF-8');
  }
}

function unreadable(path: string, reason: string, cause?: unknown): BadInputError {
  return new BadInputError(
    'passphrase-file-unreadable',
    `The passphrase file ${path} cannot be used: ${reason}.`,
    {
      cause,
      side: 'client',
      remedy: 'Name a file that holds the passphrase and nothing else.',
    },
  );
}
