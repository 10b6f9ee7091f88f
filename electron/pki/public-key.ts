import { createPublicKey, type KeyObject } from 'node:crypto';

/**
 * The public key in what a tool printed (`openssl pkey -pubout`, `certtool --pubkey-info`), whatever text is
 * around it; `undefined` if there is none that can be read.
 */
export function parsePublicKey(output: string): KeyObject | undefined {
  const pem = /-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/.exec(output)?.[0];
  if (pem === undefined) return undefined;
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}
