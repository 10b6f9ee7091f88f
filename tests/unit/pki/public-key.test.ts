import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parsePublicKey } from '../../../electron/pki/public-key.ts';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

describe('the public key in the output of a tool', () => {
  it('is found among other text', () => {
    expect(parsePublicKey(`Public Key Information:\n\tID: 00\n\n${pem}\n`)?.equals(publicKey)).toBe(true);
  });

  it.each(['', 'unable to load key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'])(
    'is absent in %j',
    (output) => {
      expect(parsePublicKey(output)).toBeUndefined();
    },
  );
});
