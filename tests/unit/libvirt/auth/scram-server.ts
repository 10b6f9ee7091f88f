import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** The server's side of RFC 5802. `finish` gives its proof, or nothing when the client's is wrong. */
export function serveScram(hash: string, length: number, password: string, clientFirst: string) {
  const [, bare = ''] = /^n,,(.*)$/.exec(clientFirst) ?? [];
  const [, clientNonce = ''] = /r=(.*)$/.exec(bare) ?? [];
  const first = `r=${clientNonce}srv,s=${Buffer.from('salt').toString('base64')},i=4096`;
  return {
    first,
    finish: (clientFinal: string): string | undefined => {
      const [, withoutProof = '', proofText = ''] = /^(.*),p=(.*)$/.exec(clientFinal) ?? [];
      const signed = `${bare},${first},${withoutProof}`;
      const hmac = (key: Uint8Array, data: string) => createHmac(hash, key).update(data).digest();
      const salted = pbkdf2Sync(password, 'salt', 4096, length, hash);
      const stored = createHash(hash).update(hmac(salted, 'Client Key')).digest();
      const signature = hmac(stored, signed);
      const proof = Buffer.from(proofText, 'base64');
      const key = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
      if (!createHash(hash).update(key).digest().equals(stored)) return undefined;
      return `v=${hmac(hmac(salted, 'Server Key'), signed).toString('base64')}`;
    },
  };
}
