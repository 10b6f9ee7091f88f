import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { issueClientCertificate } from '../../../electron/deploy/client-certificate.ts';
import { hostsToTell } from '../../../electron/deploy/bring-revocations.ts';
import { DeployedHosts } from '../../../electron/deploy/deployed-hosts.ts';
import type { Issuer } from '../../../electron/deploy/deploy.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { parseCertificates } from '../../../electron/pki/certificate.ts';
import { issueCertificate } from '../../../electron/pki/issue.ts';
import { makeKeyPair } from '../../../electron/pki/key-kinds.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { inspectCredentials } from '../../../electron/pki/verify.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-client-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let home: string;
let issuer: Issuer;

beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  issuer = await issuerOf('Test CA');
  return () => issuer.unlocked.lock();
});

async function issuerOf(name: string): Promise<Issuer> {
  const store = new AuthorityStore(home);
  const passphrase = new Passphrase('x');
  const authority = await store.create({ name, key: 'p256', passphrase });
  return { store, unlocked: await unlockAuthority(authority, passphrase), known: new DeployedHosts(home) };
}

const order = { name: 'Desk-1', days: undefined, output: undefined };

describe("a workstation's certificate", () => {
  it('is in a folder of its own, as pkipath wants it', async () => {
    const made = await issueClientCertificate(issuer, home, { ...order, days: 30 });
    expect(made).toMatchObject({ folder: join(home, 'client-certificates/desk-1'), backup: undefined });
    expect(made.entry).toMatchObject({ host: 'desk-1', usedBy: 'libvirt', purposes: ['client'] });
    const modes = readdirSync(made.folder)
      .toSorted()
      .map((file) => `${(statSync(join(made.folder, file)).mode & 0o7777).toString(8)} ${file}`);
    expect(modes).toEqual(['644 cacert.pem', '644 clientcert.pem', '600 clientkey.pem']);
    expect((statSync(made.folder).mode & 0o7777).toString(8)).toBe('700');
    const read = (file: string) => readFileSync(join(made.folder, file), 'utf8');
    const now = new Date();
    const { problems, leaf } = inspectCredentials({
      ca: read('cacert.pem'),
      cert: read('clientcert.pem'),
      purpose: 'client',
      now,
      demandsKeyEncipherment: true,
    });
    // 30 days are within the month before the end.
    expect(problems.map(({ code }) => code)).toEqual(['expires-soon']);
    expect(leaf?.publicKey.equals(createPublicKey(createPrivateKey(read('clientkey.pem'))))).toBe(true);
    expect(leaf?.extendedKeyUsage?.usages).toEqual(['clientAuth']);
    // It is no authority, and no host that a revocation list has to be brought to.
    expect(await issuer.store.names()).toEqual(['Test CA']);
    expect(await hostsToTell(issuer, 'another')).toEqual([]);
  });

  it('takes the place of one of the same authority, which is kept', async () => {
    const output = join(folder, 'given');
    const first = await issueClientCertificate(issuer, home, { ...order, output });
    const second = await issueClientCertificate(issuer, home, { ...order, output });
    expect(second).toMatchObject({ folder: output, backup: `${output}.old` });
    const [old] = parseCertificates(readFileSync(join(`${output}.old`, 'clientcert.pem'), 'utf8'));
    expect(old?.fingerprint).toBe(first.entry.fingerprint);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it("does not overwrite another authority's, or other files", async () => {
    const other = await issuerOf('Other CA');
    const output = join(home, 'mine');
    await issueClientCertificate(other, home, { ...order, output });
    other.unlocked.lock();
    const before = readFileSync(join(output, 'clientkey.pem'), 'utf8');
    await expect(issueClientCertificate(issuer, home, { ...order, output })).rejects.toMatchObject({
      code: 'client-folder-foreign',
      message: `${output} holds a certificate for Other CA; nothing was written.`,
    });
    expect(readFileSync(join(output, 'clientkey.pem'), 'utf8')).toBe(before);
    const full = join(home, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'notes.txt'), '');
    await expect(issueClientCertificate(issuer, home, { ...order, output: full })).rejects.toMatchObject({
      code: 'client-folder-foreign',
    });
    const entries = await issuer.unlocked.authority.ledger.read();
    expect(entries, 'nothing was issued').toEqual([]);
  });

  it.each([
    ['no name', 'a b', 'bad-certificate-name'],
    ['that of a host', 'alpha.lab', 'client-name-taken'],
  ])('is refused with %s', async (_what, name, code) => {
    const { publicKey } = await makeKeyPair('p256');
    const names = { dnsNames: ['alpha.lab'], ipAddresses: [] };
    await issueCertificate(
      issuer.unlocked,
      { host: 'alpha.lab', usedBy: 'qemu', purposes: ['server'], names },
      publicKey,
    );
    await expect(issueClientCertificate(issuer, home, { ...order, name })).rejects.toMatchObject({ code });
  });
});
