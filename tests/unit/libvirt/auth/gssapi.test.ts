import { describe, expect, it, vi } from 'vitest';

import { gssFailure } from '../../../../electron/libvirt/auth/gssapi/gss-failure.ts';
import type { GssFacts, GssSession } from '../../../../electron/libvirt/auth/gssapi/gss-session.ts';
import { Gssapi } from '../../../../electron/libvirt/auth/gssapi/gssapi.ts';

/** "Wraps" by a byte in front: 1 where it would be confidential. */
function fakeSession(facts: Partial<GssFacts> = {}) {
  const closed = vi.fn<() => void>();
  const session: GssSession = {
    step: (token) =>
      Promise.resolve(
        token.length === 0
          ? { token: Buffer.from('ticket'), done: false }
          : { token: new Uint8Array(0), done: true },
      ),
    facts: () => ({ user: 'fred@REALM', mutual: true, keyBits: 256, ...facts }),
    wrap: (plain, confidential) => Buffer.concat([Buffer.from([confidential ? 1 : 0]), plain]),
    unwrap: (block) => {
      if (block[0] === 9) throw new Error('forged');
      return { plain: block.subarray(1), confidential: block[0] === 1 };
    },
    maxPlainBytes: (maxBlockBytes) => maxBlockBytes - 1,
    close: () => closed(),
  };
  return { ...session, closed };
}

const services: string[] = [];
function begin(transportEncrypted: boolean, session = fakeSession()) {
  const openSession = (service: string) => {
    services.push(service);
    return Promise.resolve(session);
  };
  return new Gssapi({ server: 'alpha.lab', service: 'libvirt', transportEncrypted, openSession });
}

/** Up to the server's offer of layers. */
async function established(transportEncrypted: boolean, session = fakeSession()): Promise<Gssapi> {
  const login = begin(transportEncrypted, session);
  expect(Buffer.from(await login.start()).toString()).toBe('ticket');
  expect(await login.step(Buffer.from('answer'))).toHaveLength(0);
  return login;
}
const offer = (layers: number, maxBlockBytes = 0x1_0000): Buffer => {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(layers, 1);
  bytes.writeUIntBE(maxBlockBytes, 2, 3);
  return bytes;
};

describe('a Kerberos login', () => {
  it.each([
    ['clear', false, 7, '0004010000', 256],
    ['clear', false, 3, '0002010000', 1],
    ['clear', false, 1, '0001000000', 0],
    ['encrypted', true, 7, '0001000000', 0],
    ['encrypted', true, 4, '0004010000', 256],
  ])('over a transport in the %s (%s) with the layers %i: %s', async (_, encrypted, layers, answer, ssf) => {
    const login = await established(encrypted);
    expect(Buffer.from(await login.step(offer(layers))).toString('hex')).toBe(answer);
    expect(login.complete()?.ssf ?? 0).toBe(ssf);
    expect([login.user, services.at(-1)]).toEqual(['fred@REALM', 'libvirt@alpha.lab']);
  });

  it('wraps both ways, and takes no block that came in the clear or was changed', async () => {
    const login = await established(false);
    await login.step(offer(4, 1000));
    const layer = login.complete();
    expect(layer?.maxPlainBytes).toBe(999);
    expect(Buffer.from(layer?.wrap(Buffer.from('x')) ?? []).toString('hex')).toBe('0178');
    expect(layer?.unwrap(Buffer.from('0178', 'hex'))).toEqual(Buffer.from('x'));
    for (const block of ['0078', '0978']) {
      expect(() => layer?.unwrap(Buffer.from(block, 'hex'))).toThrow(
        expect.objectContaining({ code: 'auth-layer-broken' }),
      );
    }
  });

  it('gives the session back when it fails, and with its layer when it does not', async () => {
    const failed = fakeSession();
    (await established(false, failed)).dispose();
    expect(failed.closed).toHaveBeenCalledOnce();
    const kept = fakeSession();
    const login = await established(false, kept);
    await login.step(offer(4));
    const layer = login.complete();
    login.dispose();
    expect(kept.closed).not.toHaveBeenCalled();
    layer?.close();
    expect(kept.closed).toHaveBeenCalledOnce();
  });

  it('does not believe a daemon that lets us in early, or does not prove itself', async () => {
    const unproved: unknown = expect.objectContaining({ code: 'auth-server-not-proved' });
    const early = begin(false);
    await early.start();
    expect(() => early.complete()).toThrow(unproved);
    const beforeLayers = await established(false);
    expect(() => beforeLayers.complete()).toThrow(unproved);
    const oneSided = begin(false, fakeSession({ mutual: false }));
    await oneSided.start();
    await expect(oneSided.step(Buffer.from('answer'))).rejects.toEqual(unproved);
  });

  it.each([
    ['an offer that is too short', Buffer.from([0, 4]), 'auth-protocol'],
    ['blocks without room', offer(4, 1), 'auth-protocol'],
    ['no layer that is known', offer(8), 'auth-unsupported'],
  ])('%s is a typed error', async (_, challenge, code) => {
    const login = await established(false);
    await expect(login.step(challenge)).rejects.toMatchObject({ code });
  });
});

describe('what the library says', () => {
  const routine = (number: number): number => (number << 16) >>> 0;
  it.each([
    [routine(7), 2529639107, 'auth-kerberos-no-ticket', 'kinit'],
    [routine(7), 0, 'auth-kerberos-no-ticket', 'kinit'],
    [routine(11), 0, 'auth-kerberos-ticket-expired', 'kinit'],
    [routine(12), 0, 'auth-kerberos-ticket-expired', 'kinit'],
    [routine(13), -1765328352 >>> 0, 'auth-kerberos-ticket-expired', 'kinit'],
    [routine(13), -1765328377 >>> 0, 'auth-kerberos-service-unknown', 'addprinc -randkey libvirt/alpha.lab'],
    [routine(13), -1765328347 >>> 0, 'auth-kerberos-clock-skew', 'timedatectl'],
    [routine(13), -1765328228 >>> 0, 'auth-kerberos-kdc-unreachable', '/etc/krb5.conf'],
    [routine(13), 12345, 'auth-kerberos-failed', '/etc/libvirt/krb5.tab'],
  ])('%i, %i is %s', (major, minor, code, words) => {
    const failure = gssFailure('libvirt@alpha.lab', { major, minor, text: 'in its words' });
    expect(failure).toMatchObject({ code, remedy: expect.stringContaining(words) as string });
  });
});
