/** Bytes from groups of hexadecimal digits, as the recorded packets are written. */
export function hex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(/\s+/g, ''), 'hex');
}
