import { parseCertificates } from '../../pki/certificate.ts';
import { keyFingerprint } from '../../pki/key-kinds.ts';
import { ElsewhereError } from './elsewhere-error.ts';
import type { PendingKey } from './pending-requests.ts';

/** A file that came back, whatever it is called. */
export interface AnswerFile {
  name: string;
  text: string;
}

/**
 * The certificate for each key that waits, found by the key: what files are called does not matter, nor what else is
 * there.
 *
 * @returns for each key the file that begins with its certificate.
 * @throws {ElsewhereError} `answers-missing`, `answers-contradict` for two certificates of one key.
 */
export function matchAnswers(
  host: string,
  keys: readonly PendingKey[],
  files: readonly AnswerFile[],
): ReadonlyMap<PendingKey, AnswerFile> {
  const leaves = files.flatMap((file) => {
    const leaf = firstCertificate(file.text);
    return leaf === undefined ? [] : [{ file, leaf, key: keyFingerprint(leaf.publicKey) }];
  });
  const found = new Map<PendingKey, AnswerFile>();
  const missing: string[] = [];
  for (const key of keys) {
    const [first, ...more] = leaves.filter((one) => one.key === key.keyFingerprint);
    const other = more.find(({ leaf }) => leaf.fingerprint !== first?.leaf.fingerprint);
    if (first !== undefined && other !== undefined) {
      throw new ElsewhereError(
        'answers-contradict',
        `${first.file.name} and ${other.file.name} are two certificates for one key of ${host}.`,
        { side: 'client', remedy: 'Leave only the one that is to be used in the folder.' },
      );
    }
    if (first === undefined) missing.push(`${key.tree} ${key.purpose}`);
    else found.set(key, first.file);
  }
  if (missing.length === 0) return found;
  throw new ElsewhereError(
    'answers-missing',
    `There is no certificate for the newest request of ${host} as ${missing.join(', ')}.`,
    {
      side: 'client',
      remedy: 'Put the certificates that were signed for the newest requests into the folder, in PEM form.',
    },
  );
}

function firstCertificate(text: string) {
  try {
    return parseCertificates(text)[0];
  } catch {
    return undefined;
  }
}
