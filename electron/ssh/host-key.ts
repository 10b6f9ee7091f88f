import { createHash } from 'node:crypto';

/** The key type that an SSH public key blob names in its first field, or undefined for bytes that are no key. */
export function hostKeyType(key: Uint8Array): string | undefined {
  const blob = Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || blob.length < 4 + length) return undefined;
  const type = blob.toString('latin1', 4, 4 + length);
  return /^[\x21-\x7e]+$/.test(type) ? type : undefined;
}

/** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
export function hostKeyFingerprint(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
