import { afterEach, describe, expect, it } from 'vitest';

import {
  LibvirtClient,
  procedures,
  type CredentialRequest,
  type Credentials,
  type LoginOptions,
} from '../../../../electron/libvirt/index.ts';
import { FakeDaemon, Refusal } from '../../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../../fakes/stream-pair.ts';
import { serveScram } from './scram-server.ts';

const good: Credentials = { user: 'fred', password: 'correct horse' };
const authFailed = { code: 45, domain: 46, message: 'authentication failed' };
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const nothing = { nil: true, data: new Uint8Array(0) };
const saying = (text: string) => ({ nil: false, data: Buffer.from(text) });

/** A daemon that knows one user; counts how often a login was begun. */
function daemonFor(mechlist: string, break_: (proof: string) => string = (proof) => proof) {
  const pair = streamPair();
  const daemon = new FakeDaemon(pair.server);
  closing.push(() => pair.client.close());
  let server: ReturnType<typeof serveScram> | undefined;
  let begun = 0;
  daemon.answer(procedures.authList, () => ({ types: [1] }));
  daemon.answer(procedures.authSaslInit, () => {
    begun += 1;
    return { mechlist };
  });
  daemon.answer(procedures.authSaslStart, ({ mech, data }) => {
    const text = Buffer.from(data).toString();
    if (mech === 'PLAIN') {
      if (text === `\0${good.user}\0${good.password}`) return { complete: true, ...nothing };
      throw new Refusal(authFailed);
    }
    server = serveScram(
      mech === 'SCRAM-SHA-1' ? 'sha1' : 'sha256',
      mech === 'SCRAM-SHA-1' ? 20 : 32,
      good.password,
      text,
    );
    return { complete: false, ...saying(server.first) };
  });
  daemon.answer(procedures.authSaslStep, ({ data }) => {
    const proof = server?.finish(Buffer.from(data).toString());
    if (proof === undefined) throw new Refusal(authFailed);
    return { complete: true, ...saying(break_(proof)) };
  });
  const asked: CredentialRequest[] = [];
  const open = (given: readonly (Credentials | undefined)[], login: Partial<LoginOptions> = {}) =>
    LibvirtClient.open(pair.client, {
      name: 'qemu:///system',
      hostLabel: 'alpha',
      login: {
        transportEncrypted: true,
        server: 'alpha.lab',
        credentials: (request) => {
          asked.push(request);
          return Promise.resolve(given[asked.length - 1]);
        },
        ...login,
      },
    });
  return { daemon, open, asked, begun: () => begun };
}

/** As long as the true one, and different in its first byte whatever that is. */
const otherProof = (proof: string): string =>
  proof.replace(/^v=./, (start) => (start === 'v=A' ? 'v=B' : 'v=A'));

const wrong: Credentials = { user: 'fred', password: 'hunter2' };

describe('a SASL login', () => {
  it.each(['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN'])('comes in by %s, and says so', async (mechanism) => {
    const { open } = daemonFor(`ANONYMOUS,${mechanism}`);
    expect((await open([good])).login).toEqual({ method: 'sasl', mechanism, user: 'fred', ssf: 0 });
  });

  it('is tried again on the same connection with other credentials', async () => {
    const { open, asked, begun } = daemonFor('SCRAM-SHA-256');
    await open([wrong, good]);
    expect(asked.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(begun()).toBe(2);
  });

  it('fails with the refusal when there are no others, and never shows the password', async () => {
    const { open, asked } = daemonFor('SCRAM-SHA-256');
    const error = await open([wrong, wrong, wrong, wrong]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'auth-failed',
      message: expect.stringContaining('"fred"') as string,
    });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
    expect(asked).toHaveLength(3);
  });

  it('without credentials names the file that could have them', async () => {
    await expect(daemonFor('SCRAM-SHA-256').open([])).rejects.toMatchObject({
      code: 'auth-credentials-missing',
      remedy: expect.stringContaining('authfile') as string,
    });
  });

  it('does not believe a daemon with a wrong proof, and sends nothing more to it', async () => {
    const { daemon, open } = daemonFor('SCRAM-SHA-256', otherProof);
    await expect(open([good])).rejects.toMatchObject({ code: 'auth-server-not-proved' });
    expect(daemon.callsOf(procedures.connectOpen)).toHaveLength(0);
  });

  it.each([undefined, 'sasl', 'sasl.PLAIN'])(
    'never sends a password where somebody could read along (%s)',
    async (method) => {
      const { daemon, open, asked } = daemonFor('PLAIN');
      await expect(open([good], { transportEncrypted: false, method })).rejects.toMatchObject({
        code: 'auth-plain-refused',
      });
      expect(asked).toHaveLength(0);
      expect(daemon.callsOf(procedures.authSaslStart)).toHaveLength(0);
    },
  );

  it.each(['DIGEST-MD5', 'PLAIN', 'SCRAM-SHA-256'])(
    'by %s ends when the daemon goes on for ever',
    async (mechanism) => {
      const { daemon, open } = daemonFor(mechanism);
      const more = { complete: false, ...saying('nonce="n",qop="auth",algorithm=md5-sess') };
      daemon.answer(procedures.authSaslStart, () => more).answer(procedures.authSaslStep, () => more);
      await expect(open([good])).rejects.toMatchObject({ code: 'auth-protocol' });
      expect(daemon.received.length).toBeLessThan(15);
    },
  );
});

describe('the login that the URI demands', () => {
  it.each([
    ['polkit', [1], 'sasl'],
    ['sasl', [0], 'none'],
    ['sasl.GSSAPI', [2], 'polkit'],
  ])('%s is refused by a daemon that has another', async (method, types, has) => {
    const { daemon, open } = daemonFor('');
    daemon.answer(procedures.authList, () => ({ types }));
    await expect(open([good], { method })).rejects.toMatchObject({
      code: 'auth-unsupported',
      message: expect.stringContaining(`it has ${has}`) as string,
    });
  });

  it('is taken among several', async () => {
    const { daemon, open } = daemonFor('PLAIN');
    daemon.answer(procedures.authList, () => ({ types: [2, 1] }));
    expect((await open([good], { method: 'sasl' })).login.mechanism).toBe('PLAIN');
  });
});
