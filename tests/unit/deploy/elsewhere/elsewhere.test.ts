import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../../../electron/common/host/sudo-prompts.ts';
import { deploy } from '../../../../electron/deploy/deploy.ts';
import { DeployedHosts } from '../../../../electron/deploy/deployed-hosts.ts';
import { acceptCertificates } from '../../../../electron/deploy/elsewhere/accept-certificates.ts';
import type { AnswerFile } from '../../../../electron/deploy/elsewhere/match-answers.ts';
import { PendingRequests } from '../../../../electron/deploy/elsewhere/pending-requests.ts';
import {
  requestCertificates,
  type CertificateRequest,
  type ElsewhereIssuer,
} from '../../../../electron/deploy/elsewhere/request-certificates.ts';
import { treesOf } from '../../../../electron/deploy/trees.ts';
import { AuthorityStore } from '../../../../electron/pki/authority-store.ts';
import { parseCertificates } from '../../../../electron/pki/certificate.ts';
import { plainKeyPem } from '../../../../electron/pki/encrypted-key.ts';
import { makeKeyPair } from '../../../../electron/pki/key-kinds.ts';
import { openRequests } from '../../../../electron/pki/ledger-view.ts';
import { authorityValidity } from '../../../../electron/pki/lifetimes.ts';
import { Passphrase } from '../../../../electron/pki/passphrase.ts';
import { signAuthority } from '../../../../electron/pki/sign.ts';
import { unlockAuthority } from '../../../../electron/pki/unlocked-authority.ts';
import { inspectCredentials } from '../../../../electron/pki/verify.ts';
import { mustRun } from '../../pki/tools.ts';
import { missing } from '../../setup/simulated/tools.ts';
import { NamedHost } from '../support-hosts.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-elsewhere-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const trees = treesOf('/etc/pki/qemu', 64_055);
const options = { prompts: noSudoPrompts };
let issuer: ElsewhereIssuer;
let alpha: NamedHost;

beforeEach(async () => {
  const home = mkdtempSync(join(folder, 'home-'));
  const keys = await makeKeyPair('p256');
  const certificate = await signAuthority('Company CA', keys, authorityValidity(new Date()));
  writeFileSync(join(folder, 'ca.pem'), certificate);
  writeFileSync(join(folder, 'ca.key'), plainKeyPem(keys.privateKey));
  const store = new AuthorityStore(home);
  const authority = await store.import({ name: 'Company', certificate });
  issuer = { store, authority, known: new DeployedHosts(home), pending: new PendingRequests(home) };
  alpha = new NamedHost('alpha.sim', 'a');
});
afterEach(() => alpha[Symbol.dispose]());

const request = (): Promise<CertificateRequest[]> =>
  requestCertificates([alpha.asHost], issuer, () => undefined, options);
const accept = (files: readonly AnswerFile[]) =>
  acceptCertificates([alpha.asHost], issuer, files, () => undefined, options);

let serial = 0;

/** What a company does: it copies the extensions of the request, and adds its own certificate. */
function sign({ pem, tree, purpose }: CertificateRequest): AnswerFile {
  serial += 1;
  const csr = join(folder, 'request.csr');
  writeFileSync(csr, pem);
  const ca = [
    '-CA',
    join(folder, 'ca.pem'),
    '-CAkey',
    join(folder, 'ca.key'),
    '-set_serial',
    `${1000 + serial}`,
  ];
  const signed = mustRun('openssl', [
    'x509',
    '-req',
    '-in',
    csr,
    ...ca,
    '-days',
    '90',
    '-copy_extensions',
    'copyall',
  ]);
  return { name: `answer-${tree}-${purpose}.crt`, text: signed };
}

function names(pem: string): string {
  return mustRun('openssl', ['req', '-noout', '-verify', '-text'], pem);
}

describe('certificates that are signed elsewhere', () => {
  it.each([
    ['openssl', []],
    ['certtool', ['openssl']],
    ['nothing', ['openssl', 'certtool']],
  ] as const)('are asked for with all that they are to hold, with %s on the host', async (_tool, lacks) => {
    for (const program of lacks) alpha.tool(program, missing);
    const inUse = () => Object.entries(alpha.state()).filter(([path]) => path.endsWith('.pem'));
    const before = inUse();
    const requests = await request();
    expect(requests.map(({ tree, purpose }) => `${tree} ${purpose}`)).toEqual([
      'libvirt server',
      'libvirt client',
      'qemu server',
      'qemu client',
    ]);
    for (const { pem, purpose } of requests) {
      expect(names(pem)).toContain('DNS:alpha.sim');
      expect(names(pem)).toContain(`TLS Web ${purpose === 'server' ? 'Server' : 'Client'} Authentication`);
      expect(pem).not.toContain('PRIVATE');
    }
    expect(inUse()).toEqual(before);
    const issued = await accept(requests.map(sign));
    expect(issued).toHaveLength(4);
    for (const { tree, purpose, key, certificate } of trees.places) {
      const ca = alpha.read(trees.authorities.find((file) => file.tree === tree)?.path ?? '');
      const cert = alpha.read(certificate.path);
      const { problems } = inspectCredentials({ ca, cert, purpose, now: new Date(), names: ['alpha.sim'] });
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      const publicKey = mustRun('openssl', ['pkey', '-pubout'], alpha.read(key.path));
      const [leaf] = parseCertificates(cert);
      expect(leaf?.publicKey.export({ type: 'spki', format: 'pem' })).toBe(publicKey);
    }
    expect([...(await issuer.pending.read())]).toEqual([]);
    expect(openRequests(await issuer.authority.ledger.read())).toEqual([]);
  });

  it('are taken for the newest requests only', async () => {
    const first = (await request()).map(sign);
    const second = (await request()).map(sign);
    const before = alpha.state();
    await expect(accept(first)).rejects.toMatchObject({ code: 'answers-missing' });
    expect(alpha.state()).toEqual(before);
    expect(await accept([...first, ...second])).toHaveLength(4);
  });

  it('are refused where a deployment took their keys away', async () => {
    const answers = (await request()).map(sign);
    const passphrase = new Passphrase('x');
    const other = await issuer.store.create({ name: 'Other', key: 'p256', passphrase });
    const unlocked = await unlockAuthority(other, passphrase);
    await deploy([alpha.asHost], { ...issuer, unlocked }, () => undefined, options);
    unlocked.lock();
    const before = alpha.state();
    await expect(accept(answers)).rejects.toMatchObject({
      code: 'request-gone',
      remedy: expect.stringContaining('viaduct pki request') as string,
    });
    expect(alpha.state()).toEqual(before);
  });

  it('may be taken again after the link was cut anywhere', async () => {
    const answers = (await request()).map(sign);
    let wasCut = true;
    for (let command = 1; wasCut; command += 3) {
      alpha.reconnect();
      alpha.cut = { command, where: 'before' };
      wasCut = await accept(answers).then(
        () => false,
        () => true,
      );
      // From there on the set may be in place, and its keys wait no more.
      if (wasCut && alpha.ran.flat().includes('commit')) break;
    }
    alpha.reconnect();
    expect(alpha.ran.flat()).toContain('commit');
    const entries = await issuer.authority.ledger.read();
    expect(entries.filter(({ type }) => type === 'issued')).toHaveLength(4);
  });

  it.each<[string, (answers: AnswerFile[], requests: CertificateRequest[]) => AnswerFile[], string]>([
    ['one is missing', (answers) => answers.slice(1), 'answers-missing'],
    [
      'they are no certificates',
      (answers) => answers.map((one) => ({ ...one, text: 'x' })),
      'answers-missing',
    ],
    [
      'there are two for one key',
      (answers, [first]) => [...answers, ...(first ? [sign(first)] : [])],
      'answers-contradict',
    ],
  ])('are refused when %s', async (_what, spoil, code) => {
    const requests = await request();
    const before = alpha.state();
    await expect(accept(spoil(requests.map(sign), requests))).rejects.toMatchObject({ code });
    expect(alpha.state()).toEqual(before);
  });

  it('are not asked for where the key is here, nor taken where nothing was asked for', async () => {
    await expect(accept([])).rejects.toMatchObject({ code: 'request-missing' });
    const passphrase = new Passphrase('x');
    const authority = await issuer.store.create({ name: 'Here', key: 'p256', passphrase });
    const asked = requestCertificates([alpha.asHost], { ...issuer, authority }, () => undefined, options);
    await expect(asked).rejects.toMatchObject({ code: 'key-here' });
    await request();
    const taken = acceptCertificates([alpha.asHost], { ...issuer, authority }, [], () => undefined, options);
    await expect(taken).rejects.toMatchObject({ code: 'request-missing' });
  });
});
