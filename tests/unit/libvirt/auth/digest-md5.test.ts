import { createHash } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ViaductError } from '../../../../electron/common/errors.ts';
import { digestCiphers } from '../../../../electron/libvirt/auth/digest/digest-ciphers.ts';
import { DigestLayer } from '../../../../electron/libvirt/auth/digest/digest-layer.ts';
import { DigestMd5 } from '../../../../electron/libvirt/auth/digest/digest-md5.ts';
import { createRc4 } from '../../../../electron/libvirt/auth/digest/stream-cipher.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const broken: unknown = expect.objectContaining({ code: 'auth-layer-broken' });

/** The first example of RFC 2831 section 4. */
const example = {
  credentials: { user: 'chris', password: 'secret' },
  options: {
    server: 'elwood.innosoft.com',
    service: 'imap',
    transportEncrypted: true,
    clientNonce: 'OA6MHXh6VqTrRk',
  },
  challenge: 'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8',
  response: 'd388dad90d4bbd760a152321f2143af7',
  proof: 'rspauth=ea40f60335c427b5527b84dbabcdfffd',
};

function begin(transportEncrypted = true, challenge = example.challenge) {
  const login = new DigestMd5(example.credentials, { ...example.options, transportEncrypted });
  return { login, answer: login.step(Buffer.from(challenge)).then(text) };
}

describe('the example of the standard', () => {
  it('is followed', async () => {
    const { login, answer } = begin();
    expect(await answer).toContain(`response=${example.response},qop=auth`);
    expect(await answer).toContain(
      'charset=utf-8,username="chris",realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",nc=00000001,cnonce="OA6MHXh6VqTrRk",digest-uri="imap/elwood.innosoft.com"',
    );
    expect(login.complete(Buffer.from(example.proof))).toBeUndefined();
  });

  it('may end with the proof in a step of its own', async () => {
    const { login, answer } = begin();
    await answer;
    expect(await login.step(Buffer.from(example.proof))).toHaveLength(0);
    expect(login.complete(undefined)).toBeUndefined();
  });

  it.each([
    ['another proof', Buffer.from(`rspauth=${'0'.repeat(32)}`)],
    ['none', undefined],
  ])('a server with %s is not believed', async (_, data) => {
    const { login, answer } = begin();
    await answer;
    expect(() => login.complete(data)).toThrow(expect.objectContaining({ code: 'auth-server-not-proved' }));
  });
});

describe('what is asked of the server', () => {
  const offer = (qop: string, cipher = ''): string =>
    `nonce="n",qop="${qop}",algorithm=md5-sess,charset=utf-8,maxbuf=65536${cipher === '' ? '' : `,cipher="${cipher}"`}`;

  it.each([
    [false, 'auth,auth-int,auth-conf', 'rc4-40,3des,rc4', 'qop=auth-conf,cipher="rc4"'],
    [false, 'auth,auth-int,auth-conf', '3des,des', 'qop=auth-conf,cipher="3des"'],
    [false, 'auth,auth-int,auth-conf', 'des,rc4-56', 'qop=auth-int'],
    [false, 'auth', '', 'qop=auth'],
    [true, 'auth,auth-int,auth-conf', 'rc4', 'qop=auth'],
    [true, 'auth-conf', 'rc4', 'qop=auth-conf,cipher="rc4"'],
  ])('transport encrypted: %s, offered %s with %s: %s', async (encrypted, qop, cipher, expected) => {
    expect((await begin(encrypted, offer(qop, cipher)).answer).endsWith(expected)).toBe(true);
  });

  it('nothing usable is an error that says what was offered', async () => {
    await expect(begin(false, offer('auth-conf', 'rc4-40,des')).answer).rejects.toMatchObject({
      code: 'auth-unsupported',
      message: expect.stringContaining('auth-conf, rc4-40, des') as string,
    });
  });

  it('names and passwords within ISO 8859-1 are hashed in it, though sent as UTF-8', async () => {
    const login = new DigestMd5({ user: 'rené', password: 'pässword' }, { ...example.options });
    const answer = Buffer.from(await login.step(Buffer.from(offer('auth')))).toString('utf8');
    const md5 = (data: string | Buffer): Buffer => createHash('md5').update(data).digest();
    const secret = md5(Buffer.from('rené::pässword', 'latin1'));
    const session = md5(Buffer.concat([secret, Buffer.from(`:n:${example.options.clientNonce}`)])).toString(
      'hex',
    );
    const target = md5('AUTHENTICATE:imap/elwood.innosoft.com').toString('hex');
    const response = md5(`${session}:n:00000001:${example.options.clientNonce}:auth:${target}`).toString(
      'hex',
    );
    expect(answer).toContain('username="rené"');
    expect(answer).toContain(`response=${response}`);
  });
});

describe('a challenge that breaks the rules', () => {
  it.each([
    ['no nonce', 'qop="auth",algorithm=md5-sess'],
    ['two nonces', 'nonce="a",nonce="b",algorithm=md5-sess'],
    ['another algorithm', 'nonce="a",algorithm=md5'],
    ['a block that holds nothing', 'nonce="a",algorithm=md5-sess,maxbuf=20'],
    ['a block without end', 'nonce="a",algorithm=md5-sess,maxbuf=99999999999'],
    ['an open quotation', 'nonce="a'],
    ['a megabyte', `nonce="${'a'.repeat(1_000_000)}",algorithm=md5-sess`],
  ])('%s is refused', async (_, challenge) => {
    await expect(begin(true, challenge).answer).rejects.toMatchObject({ code: 'auth-protocol' });
  });

  it('gives a typed error whatever it is', async () => {
    const piece = fc.constantFrom(
      'nonce=',
      'realm=',
      '"',
      '\\',
      ',',
      'algorithm=md5-sess',
      'qop="auth"',
      'x',
      ' ',
      '=',
    );
    const challenge = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.array(piece).map((all) => Buffer.from(all.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(challenge, async (message) => {
        const outcome = await new DigestMd5(example.credentials, example.options).step(message).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(outcome === undefined || outcome instanceof ViaductError).toBe(true);
      }),
    );
  });
});

it.each([
  ['Key', 'Plaintext', 'bbf316e8d940af0ad3'],
  ['Wiki', 'pedia', '1021bf0420'],
  ['Secret', 'Attack at dawn', '45a01f645fc35b383552544b9bf5'],
])('encrypts with the key %s as others do', (key, plain, sealed) => {
  expect(Buffer.from(createRc4(Buffer.from(key))(Buffer.from(plain))).toString('hex')).toBe(sealed);
});

describe.each([undefined, ...digestCiphers()])('the layer with $name', (cipher) => {
  const pair = (maxBlockBytes = 65_536) => {
    const shared = { sessionHash: Buffer.alloc(16, 42), cipher, maxBlockBytes };
    return {
      client: new DigestLayer({ ...shared, side: 'client' }),
      server: new DigestLayer({ ...shared, side: 'server' }),
    };
  };

  it('carries any pieces both ways, in blocks that the peer takes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { maxLength: 20 }), (pieces) => {
        const { client, server } = pair();
        for (const piece of pieces) {
          expect(Buffer.from(server.unwrap(client.wrap(piece))).equals(piece)).toBe(true);
          expect(Buffer.from(client.unwrap(server.wrap(piece))).equals(piece)).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
    const { client } = pair(300);
    expect(client.wrap(new Uint8Array(client.maxPlainBytes)).length).toBeLessThanOrEqual(300);
    expect(client.wrap(new Uint8Array(client.maxPlainBytes - 1)).length).toBeLessThanOrEqual(300);
  });

  it('notices every changed bit', () => {
    const { length } = pair().client.wrap(Buffer.from('guest'));
    for (let bit = 0; bit < length * 8; bit += 1) {
      const { client, server } = pair();
      const block = client.wrap(Buffer.from('guest')).slice();
      block[bit >> 3] = (block[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => server.unwrap(block)).toThrow(broken);
    }
  });

  it('notices blocks that are repeated, left out, cut off or sent back', () => {
    const { client, server } = pair();
    const [first, second] = [client.wrap(Buffer.from('one')), client.wrap(Buffer.from('two'))];
    expect(() => server.unwrap(second)).toThrow(broken);
    server.unwrap(first);
    expect(() => server.unwrap(first)).toThrow(broken);
    expect(() => pair().client.unwrap(first)).toThrow(broken);
    for (let length = 0; length < first.length; length += 1) {
      expect(() => pair().server.unwrap(first.subarray(0, length))).toThrow(broken);
    }
  });
});
