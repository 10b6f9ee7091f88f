import { createHash } from 'node:crypto';

/** Size of the canary block in a guest's memory; as in guest/init.c. */
const CANARY_BLOCK_BYTES = 64 * 1024;

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/**
 * Bytes that are found nowhere but in a guest's memory, there 1024 times on end, on every 64-byte boundary of
 * the canary block: a capture of its migration in the clear holds them whole, however the stream is cut into packets.
 */
export const canaryBytes: Uint8Array = Buffer.concat([
  sha256('viaduct canary 0'),
  sha256('viaduct canary 1'),
]);

/** What an unharmed guest prints: the SHA-256 of its whole canary block. */
export const canarySha256: string = sha256(
  Buffer.concat(Array<Uint8Array>(CANARY_BLOCK_BYTES / canaryBytes.length).fill(canaryBytes)),
).toString('hex');
