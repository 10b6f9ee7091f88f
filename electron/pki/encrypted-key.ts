import {
  createCipheriv,
  createPrivateKey,
  pbkdf2 as pbkdf2WithCallback,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { encodeDer, encodeInteger, encodeOid, tags } from './der.ts';
import type { Passphrase } from './passphrase.ts';
import { toPem } from './pem.ts';
import { PkiError } from './pki-error.ts';

const pbkdf2 = promisify(pbkdf2WithCallback);

/** What OWASP asks for with PBKDF2-HMAC-SHA256; Node's own export stays at 2048 and has no setting for it. */
export const kdfIterations = 600_000;

const oids = {
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
};

/** The key as PKCS#8 in PEM form, in the clear: for a host's own file, never for ours. */
export function plainKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/**
 * The key as encrypted PKCS#8 in PEM form: PBES2 (RFC 8018) of PBKDF2-HMAC-SHA256 and AES-256-CBC, read by
 * OpenSSL, GnuTLS and Node. The NULL after the PRF's name is demanded there (B.1.2), and strict readers insist on it.
 */
export async function encryptedKeyPem(key: KeyObject, passphrase: Passphrase): Promise<string> {
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const secret = await pbkdf2(passphrase.reveal(), salt, kdfIterations, 32, 'sha256');
  const plain = key.export({ type: 'pkcs8', format: 'der' });
  const cipher = createCipheriv('aes-256-cbc', secret, iv);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  secret.fill(0);
  plain.fill(0);
  return toPem(
    'ENCRYPTED PRIVATE KEY',
    encodeDer(tags.sequence, encryptionScheme(salt, iv), encodeDer(tags.octetString, encrypted)),
  );
}

function encryptionScheme(salt: Buffer, iv: Buffer): Buffer {
  const prf = encodeDer(tags.sequence, encodeOid(oids.hmacWithSha256), encodeDer(tags.null));
  const kdfParameters = encodeDer(
    tags.sequence,
    encodeDer(tags.octetString, salt),
    encodeInteger(kdfIterations),
    prf,
  );
  const kdf = encodeDer(tags.sequence, encodeOid(oids.pbkdf2), kdfParameters);
  const cipher = encodeDer(tags.sequence, encodeOid(oids.aes256Cbc), encodeDer(tags.octetString, iv));
  return encodeDer(tags.sequence, encodeOid(oids.pbes2), encodeDer(tags.sequence, kdf, cipher));
}

/**
 * Opens a private key in PEM form, encrypted or not, of any form that OpenSSL reads.
 *
 * @param what names the key in the sentence of an error.
 * @throws {PkiError} `passphrase-needed`; `key-not-opened` when the passphrase is wrong or the file is damaged,
 * which cannot be told apart.
 */
export function openPrivateKey(pem: string, passphrase: Passphrase | undefined, what: string): KeyObject {
  const encrypted = pem.includes('ENCRYPTED');
  if (encrypted && passphrase === undefined) {
    throw new PkiError('passphrase-needed', `The key of ${what} is encrypted, and no passphrase was given.`, {
      side: 'client',
      remedy: 'Give the passphrase that the key is encrypted with.',
    });
  }
  try {
    return createPrivateKey(
      passphrase === undefined ? pem : { key: pem, format: 'pem', passphrase: passphrase.reveal() },
    );
  } catch (cause) {
    const reason = encrypted ? 'the passphrase is wrong, or the file is damaged' : 'it is not a private key';
    throw new PkiError('key-not-opened', `The key of ${what} cannot be opened: ${reason}.`, {
      cause,
      side: 'client',
      remedy: encrypted
        ? 'Try the passphrase again; if it is the right one, restore the key file from a backup.'
        : 'Give a file that holds a private key in PEM form.',
    });
  }
}
