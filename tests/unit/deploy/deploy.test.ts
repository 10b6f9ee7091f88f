import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExecLimits } from '../../../electron/common/host/host-shell.ts';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { chooseAuthority } from '../../../electron/deploy/choose-authority.ts';
import { deploy, type Issuer } from '../../../electron/deploy/deploy.ts';
import { renew } from '../../../electron/deploy/renew.ts';
import { DeployedHosts } from '../../../electron/deploy/deployed-hosts.ts';
import type { PkiFinding } from '../../../electron/deploy/pki-finding.ts';
import { treesOf } from '../../../electron/deploy/trees.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { parseCertificates } from '../../../electron/pki/certificate.ts';
import { inspectCredentials } from '../../../electron/pki/verify.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { issueNew } from '../pki/authorities.ts';
import { SimulatedHost } from '../setup/simulated/simulated-host.ts';
import { missing } from '../setup/simulated/tools.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-deploy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const trees = treesOf('/etc/pki/qemu', 64_055);
let home: string;
let issuer: Issuer;

beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  const store = new AuthorityStore(home);
  const passphrase = new Passphrase('planted-passphrase');
  const authority = await store.create({ name: 'Test CA', key: 'p256', passphrase });
  issuer = { store, unlocked: await unlockAuthority(authority, passphrase), known: new DeployedHosts(home) };
  return () => issuer.unlocked.lock();
});

/** With what goes in and out over its link. */
class WatchedHost extends SimulatedHost {
  sent = '';
  answered = '';

  override shell(): ReturnType<SimulatedHost['shell']> {
    const exec = async (argv: readonly string[], options: ExecLimits = {}) => {
      this.sent += argv.join(' ') + Buffer.from(options.stdin ?? []).toString('latin1');
      const result = await this.exec(argv, options);
      this.answered += Buffer.from(result.stdout).toString('latin1') + result.stderr;
      return result;
    };
    return Promise.resolve({ exec });
  }
}

async function run(work: typeof deploy, host: SimulatedHost): Promise<PkiFinding[]> {
  const findings: PkiFinding[] = [];
  await work([host], issuer, (finding) => findings.push(finding), { prompts: noSudoPrompts });
  return findings;
}

function expectWholeSet(host: SimulatedHost): void {
  for (const { tree, purpose, key, certificate } of trees.places) {
    const [leaf] = parseCertificates(host.read(certificate.path));
    const publicKey = createPublicKey(host.read(key.path));
    expect(leaf?.publicKey.equals(publicKey), `${tree} ${purpose}`).toBe(true);
    const ca = host.read(trees.authorities.find((file) => file.tree === tree)?.path ?? '');
    const names = leaf?.dnsNames ?? [];
    const { problems } = inspectCredentials({
      ca,
      cert: host.read(certificate.path),
      purpose,
      now: new Date(),
      names,
    });
    expect(problems, `${tree} ${purpose}`).toEqual([]);
    for (const { path, mode, gid } of [key, certificate]) {
      const info = statSync(join(host.root, path));
      expect([path, (info.mode & 0o777).toString(8), info.gid]).toEqual([path, mode.toString(8), gid]);
    }
  }
}

describe('deploying to a host', () => {
  it.each([
    ['openssl', [], /made on alpha\.sim with openssl/],
    ['certtool', ['openssl'], /made on alpha\.sim with certtool/],
    ['nothing', ['openssl', 'certtool'], /made in memory here.*no copy was kept/],
  ] as const)('which has %s', async (tool, lacks, words) => {
    using host = new WatchedHost();
    host.remove('/etc/pki');
    for (const program of lacks) host.tool(program, missing);
    const findings = await run(deploy, host);
    expect(findings.find(({ id }) => id === 'pki.keys')?.summary).toMatch(words);
    expectWholeSet(host);
    expect(host.answered, 'a key left the host').not.toContain('PRIVATE KEY');
    if (tool !== 'nothing') expect(host.sent, 'a key went over the link').not.toContain('PRIVATE KEY');
    expect(host.ran.flat().join(' '), 'a key in a command line').not.toContain('PRIVATE KEY');
    expect(host.sent).not.toContain('planted-passphrase');
    expect(await issuer.unlocked.authority.ledger.read()).toHaveLength(4);
    expect([...(await issuer.known.read())]).toEqual([[host.name, host.connectUri]]);
    const kept = readdirSync(home, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
    const texts = kept.map((item) => readFileSync(join(item.parentPath, item.name), 'utf8')).join('\n');
    expect(texts.match(/PRIVATE KEY-----\n/g), "only the authority's own, encrypted").toHaveLength(2);
  });

  it('says whom it no longer trusts, and renews with the same names and other keys', async () => {
    using host = new WatchedHost();
    const other = await issuer.store.create({
      name: 'Other CA',
      key: 'p256',
      passphrase: new Passphrase('x'),
    });
    host.write('/etc/pki/CA/cacert.pem', other.certificate.pem);
    const findings = await run(deploy, host);
    expect(findings.filter(({ level }) => level === 'warning').map(({ summary }) => summary)).toEqual([
      'alpha.sim trusted Other CA for libvirt; from now on it trusts Test CA alone.',
    ]);
    const paths = trees.places.map(({ certificate }) => certificate.path);
    const before = paths.map((path) => parseCertificates(host.read(path))[0]);
    await run(renew, host);
    expectWholeSet(host);
    for (const [index, path] of paths.entries()) {
      const [after] = parseCertificates(host.read(path));
      expect(after?.dnsNames).toEqual(before[index]?.dnsNames);
      expect(after?.fingerprint).not.toBe(before[index]?.fingerprint);
    }
  });

  it('does not touch a host for which nothing was issued', async () => {
    using host = new WatchedHost();
    await expect(run(renew, host)).rejects.toMatchObject({ code: 'deploy-nothing-issued' });
    expect(host.ran).toEqual([]);
  });

  it('refuses a daemon that reads other files', async () => {
    using host = new WatchedHost();
    host.write('/etc/libvirt/libvirtd.conf', 'cert_file = "/root/cert.pem"\n');
    const before = host.state();
    await expect(run(deploy, host)).rejects.toMatchObject({ code: 'deploy-other-paths' });
    expect(host.state()).toEqual(before);
  });

  it('leaves the old set when a file cannot be put beside it', async () => {
    using host = new WatchedHost();
    await run(deploy, host);
    const before = host.read('/etc/pki/qemu/server-cert.pem');
    host.tool('openssl', '#!/bin/sh\n[ "$1" = version ] || exit 1\n');
    await expect(run(deploy, host)).rejects.toMatchObject({ code: 'host-command-failed' });
    expect(host.read('/etc/pki/qemu/server-cert.pem')).toBe(before);
    expect(Object.keys(host.state()).filter((path) => path.endsWith('.new'))).toEqual([]);
  });

  it('does not take one host twice', async () => {
    using host = new WatchedHost();
    const twice = deploy([host, host], issuer, () => undefined, { prompts: noSudoPrompts });
    await expect(twice).rejects.toMatchObject({ code: 'deploy-same-host' });
  });
});

describe('the authority', () => {
  it('is the only one that is not replaced by one in use, or the one named', async () => {
    const { store } = issuer;
    expect((await chooseAuthority(store, undefined)).name).toBe('Test CA');
    const passphrase = new Passphrase('x');
    const successor = await store.replace('Test CA', { key: 'p256', passphrase });
    expect((await chooseAuthority(store, undefined)).name).toBe('Test CA');
    const unlocked = await unlockAuthority(successor, passphrase);
    await issueNew(unlocked);
    unlocked.lock();
    expect((await chooseAuthority(store, undefined)).name).toBe('Test CA 2');
    await store.create({ name: 'Third', key: 'p256', passphrase: new Passphrase('x') });
    await expect(chooseAuthority(store, undefined)).rejects.toMatchObject({ code: 'authority-ambiguous' });
    expect((await chooseAuthority(store, 'Third')).name).toBe('Third');
    const none = new AuthorityStore(join(home, 'nowhere'));
    await expect(chooseAuthority(none, undefined)).rejects.toMatchObject({ code: 'authority-none' });
  });
});
