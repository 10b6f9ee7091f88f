import { describe, expect, it } from 'vitest';
import { defaultPlanOptions } from '../../../../../electron/engine/plan.ts';
import { tlsHandshakeCheck } from '../../../../../electron/engine/preflight/checks/tls-handshake.ts';
import { dataEndOf } from '../../../../../electron/engine/preflight/facts/data-end.ts';
import { RootShell } from '../../../../../electron/common/host/root-shell.ts';
import type { HandshakeOutcome } from '../../../../../electron/setup/handshakes/handshake-outcome.ts';
import { noSudoPrompts } from '../../../../../electron/common/host/sudo-prompts.ts';
import type { HostShell } from '../../../../../electron/hosts/host-access.ts';
import { clientAuth, issue, issueCa, serverAuth } from '../../../pki/certificates.ts';
import { failing, findingsOf, given, verdict, type Facts } from '../fake-context.ts';
import { qemuUser, tlsTree } from '../tls-pair.ts';

const ca = await issueCa();
const [server, client, stranger] = await Promise.all([
  issue({ issuer: ca, dns: ['beta.lab'], ca: false, eku: { usages: [serverAuth] } }),
  issue({ cn: 'alpha.lab', issuer: ca, ca: false, eku: { usages: [clientAuth] } }),
  issue({ issuer: ca, dns: ['gamma.lab'], ca: false, eku: { usages: [serverAuth] } }),
]);

const asRoot: HostShell = {
  exec: () => Promise.resolve({ code: 0, stdout: new TextEncoder().encode('0\n'), stderr: '' }),
};

async function pair(shown = server): Promise<Facts> {
  const [from, to] = await Promise.all([tlsTree('client', ca, client), tlsTree('server', ca, shown)]);
  return { source: { tlsTree: given(from) }, destination: { tlsTree: given(to) } };
}

describe("a handshake with QEMU's certificates", () => {
  it.each<[string, HandshakeOutcome, string, RegExp]>([
    ['is agreed', { kind: 'agreed', asRoot: false }, 'ok', /each accepted/],
    [
      'ends at the source',
      { kind: 'client-refuses', reason: 'weak', said: 'EE certificate key too weak' },
      'error',
      /alpha\.lab does not accept the QEMU certificate of beta\.lab: its key or signature is too weak/,
    ],
    [
      'ends at the destination',
      { kind: 'server-refuses', reason: 'revoked', said: 'certificate revoked' },
      'error',
      /beta\.lab does not accept the QEMU certificate of alpha\.lab: it is revoked/,
    ],
    [
      'ends at the destination without a word',
      { kind: 'server-refuses', reason: undefined, said: '' },
      'error',
      /does not accept the QEMU certificate of alpha\.lab\./,
    ],
    [
      'has a file that QEMU cannot use',
      { kind: 'files', said: 'Permission denied' },
      'error',
      /cannot use a file/,
    ],
    [
      'is refused for what QEMU does not mind',
      { kind: 'client-refuses', reason: 'purpose', said: 'unsupported certificate purpose' },
      'unknown',
      /OpenSSL/,
    ],
    ['finds no way', { kind: 'unreachable', because: 'timeout' }, 'unknown', /does not reach the data port/],
    ['cannot be tried', { kind: 'not-tried', said: 'no openssl' }, 'unknown', /no openssl/],
  ])('%s', async (_words, outcome, level, words) => {
    const findings = await findingsOf(tlsHandshakeCheck, {
      ...(await pair()),
      context: { tryData: given(outcome) },
    });
    expect(findings).toMatchObject([{ level, summary: expect.stringMatching(words) as string }]);
  });

  it('is not tried where the files tell already that it would fail', async () => {
    const context = { tryData: failing(new Error('it was tried')) };
    expect(await verdict(tlsHandshakeCheck, { ...(await pair(stranger)), context })).toEqual([
      'unknown tls.handshake',
    ]);
  });

  it('belongs to native TLS alone', () => {
    expect(tlsHandshakeCheck.applies?.(defaultPlanOptions)).toBe(true);
    expect(tlsHandshakeCheck.applies?.({ ...defaultPlanOptions, mode: 'ssh-relay' })).toBe(false);
  });
});

describe("QEMU's part of it", async () => {
  const root = await RootShell.open(asRoot, 'beta.lab', noSudoPrompts);
  const end = (user: typeof qemuUser | undefined) =>
    dataEndOf(asRoot, root, { directory: '/etc/pki/qemu', qemuUser: user }, AbortSignal.timeout(1000));

  it('is played by its account, in its directory', () => {
    expect(end(qemuUser)).toMatchObject({
      directory: '/etc/pki/qemu',
      account: { uid: 64_055, gid: 64_055, user: 'libvirt-qemu' },
    });
  });

  it('is not played by an account that is not known', () => {
    expect(() => end(undefined)).toThrow('As which user QEMU runs is not known');
  });
});
