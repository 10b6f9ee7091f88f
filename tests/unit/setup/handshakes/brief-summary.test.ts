import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCipher } from '../../../../electron/setup/handshakes/brief-summary.ts';

/** As OpenSSL 3.0 prints it, shortened. */
const client = `Can't use SSL_get_servername
CONNECTION ESTABLISHED
Protocol version: TLSv1.3
Ciphersuite: TLS_AES_256_GCM_SHA384
Peer certificate: CN = localhost
Verification: OK
Server Temp Key: X25519, 253 bits
`;
const server = `depth=0 CN = localhost
verify return:1
CONNECTION ESTABLISHED
Protocol version: TLSv1.2
Client cipher list: ECDHE-ECDSA-AES256-GCM-SHA384:AES128-SHA
Ciphersuite: ECDHE-RSA-AES256-GCM-SHA384
CONNECTION CLOSED
`;

describe('what OpenSSL says of a handshake that was done', () => {
  it.each([
    ['a client', client, { cipher: { protocol: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384' } }],
    ['a server', server, { cipher: { protocol: 'TLSv1.2', suite: 'ECDHE-RSA-AES256-GCM-SHA384' } }],
    ['half a summary', client.slice(0, client.indexOf('Ciphersuite')), {}],
    ['a handshake that was not done', client.replace('CONNECTION ESTABLISHED\n', ''), {}],
    ['nothing', '', {}],
  ])('is read from %s', (_who, stderr, expected) => {
    expect(readCipher(stderr)).toEqual(expected);
  });

  it('is never more than stands there, in plain characters, whatever a peer has put into it', () => {
    const words = ['CONNECTION ESTABLISHED', 'Protocol version: ', 'Ciphersuite: ', 'TLSv1.3', '\n'];
    const part = fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 8 }));
    const noise = fc.array(part, { maxLength: 16 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(noise, (stderr) => {
        const { cipher } = readCipher(stderr);
        for (const text of Object.values(cipher ?? {})) {
          expect(text).toMatch(/^[\w.-]{1,100}$/);
          expect(stderr).toContain(text);
        }
      }),
    );
  });
});
