import { createPrivateKey, type KeyObject } from 'node:crypto';

const encryptedLabel = '-----BEGIN ENCRYPTED PRIVATE KEY-----';

/** Whether a file holds a key in PKCS#8 form, which ssh2 does not read. */
export function isPkcs8(bytes: Buffer): boolean {
  return /^-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----$/m.test(bytes.toString('latin1'));
}

export function isEncryptedPkcs8(bytes: Buffer): boolean {
  return bytes.includes(encryptedLabel);
}

/**
 * A PKCS#8 key in a form that ssh2 reads; the result is as secret as the key.
 *
 * @throws when the passphrase is wrong, or the key is of no use for SSH
 */
export function readPkcs8(bytes: Buffer, passphrase?: string): Buffer {
  const key = createPrivateKey({
    key: bytes,
    format: 'pem',
    ...(passphrase !== undefined && { passphrase }),
  });
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return Buffer.from(key.export({ type: 'pkcs1', format: 'pem' }));
    case 'ec':
      return Buffer.from(key.export({ type: 'sec1', format: 'pem' }));
    case 'ed25519':
      return ed25519Key(key);
    default:
      throw new Error(`keys of type ${key.asymmetricKeyType ?? 'unknown'} are of no use for SSH`);
  }
}

/** The only form that SSH has for this type (PROTOCOL.key of OpenSSH). */
function ed25519Key(key: KeyObject): Buffer {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const [secret, open] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const type = text('ssh-ed25519');
  const check = Buffer.alloc(8);
  const inner = Buffer.concat([check, type, text(open), text(Buffer.concat([secret, open])), text('')]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (inner.length % 8)) % 8));
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    Buffer.from([0, 0, 0, 1]),
    text(Buffer.concat([type, text(open)])),
    text(Buffer.concat([inner, padding])),
  ]);
  const lines = blob.toString('base64').replaceAll(/.{70}/g, '$&\n');
  return Buffer.from(`-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`);
}

/** A string as RFC 4251 writes it: its length, then its bytes. */
function text(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
