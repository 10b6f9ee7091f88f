import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ViaductError } from '../../../../electron/common/errors.ts';
import { Scram } from '../../../../electron/libvirt/auth/scram/scram.ts';
import { serveScram } from './scram-server.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const credentials = { user: 'user', password: 'pencil' };

/** The examples of RFC 5802 section 5 and RFC 7677 section 3. */
const examples = [
  {
    name: 'SCRAM-SHA-1',
    nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    first: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    final: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    proof: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    name: 'SCRAM-SHA-256',
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    first: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    final:
      'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    proof: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
] as const;
const [sha1, sha256] = examples;

async function untilFinal(example: (typeof examples)[number] = sha256): Promise<Scram> {
  const login = new Scram(example.name, credentials, example.nonce);
  await login.start();
  await login.step(Buffer.from(example.first));
  return login;
}

describe.each(examples)('the example of the standard for $name', ({ name, nonce, first, final, proof }) => {
  it('is followed to the letter', async () => {
    const login = new Scram(name, credentials, nonce);
    expect(text(await login.start())).toBe(`n,,n=user,r=${nonce}`);
    expect(text(await login.step(Buffer.from(first)))).toBe(final);
    expect(() => login.complete(Buffer.from(proof))).not.toThrow();
  });

  it('may end with the proof in a step of its own', async () => {
    const login = await untilFinal(name === 'SCRAM-SHA-1' ? sha1 : sha256);
    expect(await login.step(Buffer.from(proof))).toHaveLength(0);
    expect(() => login.complete(undefined)).not.toThrow();
  });
});

describe('a server that does not prove itself', () => {
  it.each([
    ['another signature', Buffer.from(`v=${Buffer.alloc(32, 7).toString('base64')}`)],
    ['a signature that is too short', Buffer.from('v=AAAA')],
    ['nothing', undefined],
    ['an empty text', new Uint8Array(0)],
  ])('is not believed with %s', async (_, data) => {
    const login = await untilFinal();
    expect(() => login.complete(data)).toThrow(expect.objectContaining({ code: 'auth-server-not-proved' }));
  });

  it('is not believed when it lets us in at once', async () => {
    const login = new Scram('SCRAM-SHA-256', credentials);
    await login.start();
    expect(() => login.complete(Buffer.from(sha256.proof))).toThrow(
      expect.objectContaining({ code: 'auth-server-not-proved' }),
    );
  });

  it('is told apart from one that refuses', async () => {
    const login = await untilFinal();
    expect(() => login.complete(Buffer.from('e=invalid-proof'))).toThrow(
      expect.objectContaining({
        code: 'auth-failed',
        message: expect.stringContaining('invalid-proof') as string,
      }),
    );
  });
});

const nonce = sha256.nonce;
describe('a first message that breaks the rules', () => {
  it.each([
    ['an extension that has to be understood', `m=x,r=${nonce}X,s=AAAA,i=4096`],
    ['no addition to our nonce', `r=${nonce},s=AAAA,i=4096`],
    ['another nonce', 'r=abcdefgh,s=AAAA,i=4096'],
    ['a salt that is no base64', `r=${nonce}X,s=*,i=4096`],
    ['too few iterations', `r=${nonce}X,s=AAAA,i=4095`],
    ['iterations for days', `r=${nonce}X,s=AAAA,i=10000001`],
    ['iterations that are no number', `r=${nonce}X,s=AAAA,i=0x1000`],
    ['nothing', ''],
    ['a megabyte', `r=${nonce}${'X'.repeat(1_000_000)},s=AAAA,i=4096`],
  ])('%s is refused', async (_, message) => {
    const login = new Scram('SCRAM-SHA-256', credentials, nonce);
    await login.start();
    await expect(login.step(Buffer.from(message))).rejects.toMatchObject({ code: 'auth-protocol' });
  });

  it('gives a typed error whatever it is', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ maxLength: 40 }).map((tail) => Buffer.from(`r=${nonce}X,s=AAAA,i=${tail}`)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (message) => {
        const login = new Scram('SCRAM-SHA-1', credentials, nonce);
        await login.start();
        const outcome = await login.step(message).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(outcome === undefined || outcome instanceof ViaductError).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

it('logs in with any name and password that a login may have', async () => {
  const word = fc.string({
    unit: fc.constantFrom(...Array.from('abcXYZ019=, "\\;:é漢𝄞')),
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(word, word, async (user, password) => {
      const login = new Scram('SCRAM-SHA-256', { user, password });
      const clientFirst = text(await login.start());
      expect(
        /^n,,n=([^,]*),r=[^,]+$/.exec(clientFirst)?.[1]?.replaceAll('=2C', ',').replaceAll('=3D', '='),
      ).toBe(user.normalize('NFKC'));
      const server = serveScram('sha256', 32, password.normalize('NFKC'), clientFirst);
      const proof = server.finish(text(await login.step(Buffer.from(server.first))));
      expect(proof).toBeDefined();
      login.complete(Buffer.from(proof ?? ''));
    }),
    { numRuns: 30 },
  );
});
