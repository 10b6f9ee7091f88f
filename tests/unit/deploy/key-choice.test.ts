import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { deploy, type Issuer } from '../../../electron/deploy/deploy.ts';
import { DeployedHosts } from '../../../electron/deploy/deployed-hosts.ts';
import { renew } from '../../../electron/deploy/renew.ts';
import { keyKindsFor } from '../../../electron/deploy/key-choice.ts';
import { openPkiHost, type PkiHost } from '../../../electron/deploy/pki-host.ts';
import { presentSet } from '../../../electron/deploy/present/present-set.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { parseCertificates } from '../../../electron/pki/certificate.ts';
import { keyLabel } from '../../../electron/pki/key-kinds.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { SimulatedHost } from '../setup/simulated/simulated-host.ts';
import { missing } from '../setup/simulated/tools.ts';

vi.setConfig({ testTimeout: 120_000 });

const version = (number: number) => ({ number, text: number === 0 ? 'unknown' : String(number) });
const hostWith = (name: string, libvirt: number, qemu: number) =>
  ({ name, facts: { libvirt: version(libvirt), qemu: version(qemu) } }) as unknown as PkiHost;
const modern = hostWith('new', 9_000_000, 7_002_000);

describe('the kinds of keys for hosts', () => {
  it.each<[string, PkiHost[], RegExp | undefined]>([
    ['are all where everything is new', [modern], undefined],
    [
      'are RSA alone where one libvirt is old',
      [modern, hostWith('old', 8_009_000, 10_000_000)],
      /^libvirt .* on old may take RSA alone/,
    ],
    [
      'are RSA alone where one QEMU is old',
      [hostWith('old', 9_000_000, 7_001_000)],
      /^QEMU .* on old may take RSA alone/,
    ],
    [
      'are RSA alone where a version is not known',
      [hostWith('dark', 0, 10_000_000)],
      /of libvirt on dark is not known/,
    ],
  ])('%s', (_what, hosts, obstacle) => {
    const choices = keyKindsFor(hosts);
    expect(choices.map(({ kind }) => kind)).toEqual(['rsa3072', 'p256', 'p384']);
    expect(choices[0]?.obstacles).toEqual([]);
    for (const { obstacles } of choices.slice(1)) {
      if (obstacle === undefined) expect(obstacles).toEqual([]);
      else expect(obstacles).toEqual([expect.stringMatching(obstacle)]);
    }
  });
});

describe('a set with other keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'viaduct-kinds-'));
  const passphrase = new Passphrase('x');
  beforeAll(async () => {
    mkdirSync(join(folder, 'authority'));
    await new AuthorityStore(join(folder, 'authority')).create({ name: 'Test CA', key: 'p256', passphrase });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function issuerNow(): Promise<Issuer> {
    const home = mkdtempSync(join(folder, 'home-'));
    cpSync(join(folder, 'authority'), home, { recursive: true });
    const store = new AuthorityStore(home);
    const unlocked = await unlockAuthority(await store.open('Test CA'), passphrase);
    return { store, unlocked, known: new DeployedHosts(home) };
  }

  it.each([
    ['p256', 'P-256', []],
    ['p384', 'P-384', []],
    ['p256', 'P-256', ['openssl']],
    ['p384', 'P-384', ['openssl']],
    ['p384', 'P-384', ['openssl', 'certtool']],
  ] as const)('has keys of the kind %s (%s) on a host without %j', async (kind, label, lacks) => {
    using host = new SimulatedHost();
    host.remove('/etc/pki');
    for (const program of lacks) host.tool(program, missing);
    const issuer = await issuerNow();
    await deploy([host], issuer, () => undefined, { prompts: noSudoPrompts, key: kind });
    for (const path of ['/etc/pki/libvirt/servercert.pem', '/etc/pki/qemu/client-cert.pem']) {
      const [leaf] = parseCertificates(host.read(path));
      expect(leaf && keyLabel(leaf.publicKey)).toBe(label);
      expect(leaf?.keyUsage?.keyEncipherment).toBe(false);
    }
    const opened = await openPkiHost(host, { prompts: noSudoPrompts });
    const inUse = { store: issuer.store, authority: issuer.unlocked.authority };
    const { reasons } = await presentSet(opened, inUse, undefined, new Date());
    expect(reasons.filter((reason) => !reason.includes('could not be seen'))).toEqual([]);
    issuer.unlocked.lock();
  });

  it('is renewed with the same kind of keys, as long as one of its certificates is there', async () => {
    using host = new SimulatedHost();
    host.remove('/etc/pki');
    const issuer = await issuerNow();
    const options = { prompts: noSudoPrompts };
    const server = '/etc/pki/libvirt/servercert.pem';
    const kindNow = () => parseCertificates(host.read(server)).map(({ publicKey }) => keyLabel(publicKey))[0];
    const told: string[] = [];
    const renewed = async (key?: 'p256') => {
      told.length = 0;
      await renew([host], issuer, ({ id, level }) => told.push(`${id} ${level}`), { ...options, key });
      return kindNow();
    };
    await deploy([host], issuer, () => undefined, { ...options, key: 'p384' });
    host.remove(server);
    expect(await renewed()).toBe('P-384');
    expect(told).not.toContain('pki.key-kind info');
    expect(await renewed('p256')).toBe('P-256');
    host.remove('/etc/pki');
    expect(await renewed()).toBe('RSA 3072');
    expect(told).toContain('pki.key-kind info');
    issuer.unlocked.lock();
  });

  it('is refused before anything is touched where libvirt is old', async () => {
    using host = new SimulatedHost();
    host.libvirtVersion = 8_000_000n;
    const before = host.state();
    const issuer = await issuerNow();
    const refused = deploy([host], issuer, () => undefined, { prompts: noSudoPrompts, key: 'p256' });
    await expect(refused).rejects.toMatchObject({ code: 'key-kind-not-taken' });
    expect(host.state()).toEqual(before);
    expect(await issuer.unlocked.authority.ledger.read()).toEqual([]);
    issuer.unlocked.lock();
  });
});
