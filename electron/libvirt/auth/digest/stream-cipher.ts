/**
 * The RC4 stream cipher, for peers that encrypt DIGEST-MD5 connections with nothing better; OpenSSL 3 and BoringSSL
 * have it no more. It is weak, and shown as that.
 *
 * @returns a function that encrypts, or decrypts, the next bytes of one direction
 */
export function createRc4(key: Uint8Array): (bytes: Uint8Array) => Uint8Array {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index);
  let j = 0;
  for (let i = 0; i < 256; i += 1) {
    const value = state[i] ?? 0;
    j = (j + value + (key[i % key.length] ?? 0)) & 255;
    state[i] = state[j] ?? 0;
    state[j] = value;
  }
  let position = { i: 0, j: 0 };
  return (bytes) => {
    const result = new Uint8Array(bytes.length);
    let { i, j } = position;
    for (let index = 0; index < bytes.length; index += 1) {
      i = (i + 1) & 255;
      const first = state[i] ?? 0;
      j = (j + first) & 255;
      const second = state[j] ?? 0;
      state[i] = second;
      state[j] = first;
      result[index] = (bytes[index] ?? 0) ^ (state[(first + second) & 255] ?? 0);
    }
    position = { i, j };
    return result;
  };
}
