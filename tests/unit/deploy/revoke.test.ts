import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { deploy, type Issuer } from '../../../electron/deploy/deploy.ts';
import { DeployedHosts } from '../../../electron/deploy/deployed-hosts.ts';
import type { PkiFinding } from '../../../electron/deploy/pki-finding.ts';
import { hostsToTell } from '../../../electron/deploy/bring-revocations.ts';
import { revoke } from '../../../electron/deploy/revoke.ts';
import { calendarOf } from '../../../electron/deploy/sightings.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { readRevocationList } from '../../../electron/pki/revocation-list.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import type { SetupHost } from '../../../electron/setup/setup-host.ts';
import { SimulatedHost } from '../setup/simulated/simulated-host.ts';
import { missing } from '../setup/simulated/tools.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-revoke-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const options = { prompts: noSudoPrompts };
const lists = ['/etc/pki/CA/cacrl.pem', '/etc/pki/qemu/ca-crl.pem'];
let home: string;
let issuer: Issuer;

beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  const store = new AuthorityStore(home);
  const passphrase = new Passphrase('x');
  const authority = await store.create({ name: 'Test CA', key: 'p256', passphrase });
  issuer = { store, unlocked: await unlockAuthority(authority, passphrase), known: new DeployedHosts(home) };
  return () => issuer.unlocked.lock();
});

function named(host: SimulatedHost, name: string, machineId: string): SetupHost {
  host.write('/etc/machine-id', `${machineId.repeat(32)}\n`);
  return {
    name,
    connectUri: `qemu+ssh://root@${name}/system`,
    connect: () => host.connect(),
    shell: () => host.shell(),
  };
}

async function run(revoked: SetupHost, others: SetupHost[]): Promise<string[]> {
  const findings: PkiFinding[] = [];
  await revoke(revoked, others, issuer, (finding) => findings.push(finding), options);
  return findings.map(({ id, host, level }) => [id, host, level].filter(Boolean).join(' '));
}

describe('revoking the certificates of a host', () => {
  it('tells the others in the order of their names, whichever had its certificates first', async () => {
    using betaHost = new SimulatedHost();
    using gammaHost = new SimulatedHost();
    for (const [host, name, id] of [
      [gammaHost, 'gamma.sim', 'c'],
      [betaHost, 'beta.sim', 'b'],
    ] as const)
      await deploy([named(host, name, id)], issuer, () => undefined, options);
    expect(await hostsToTell(issuer, 'alpha.sim')).toEqual(['beta.sim', 'gamma.sim']);
  });

  it('tells the others, and goes on where one could not be told', async () => {
    using betaHost = new SimulatedHost();
    using gammaHost = new SimulatedHost();
    const beta = named(betaHost, 'beta.sim', 'b');
    const gamma = named(gammaHost, 'gamma.sim', 'c');
    await deploy([beta, gamma], issuer, () => undefined, options);
    expect(await hostsToTell(issuer, 'beta.sim')).toEqual(['gamma.sim']);
    // Nothing to shake hands with: that is not known, and said so.
    for (const host of [betaHost, gammaHost]) host.tool('openssl', missing);

    gammaHost.reconnect();
    gammaHost.cut = { command: 1, where: 'before' };
    expect(await run(beta, [gamma])).toEqual(['pki.revoked ok', 'pki.revocations gamma.sim error']);
    gammaHost.reconnect();
    expect(await run(beta, [gamma])).toEqual([
      'pki.revoked ok',
      'pki.served gamma.sim info',
      'pki.control.refused unknown',
      'pki.data.refused unknown',
    ]);
    for (const path of lists) {
      expect(readRevocationList(gammaHost.read(path)).revoked).toHaveLength(4);
      expect((statSync(join(gammaHost.root, path)).mode & 0o777).toString(8)).toBe('644');
      // With its own certificate in it, its daemon would not start.
      expect(existsSync(join(betaHost.root, path)), path).toBe(false);
    }
  });

  it('refuses where nothing was issued', async () => {
    using host = new SimulatedHost();
    await expect(run(host, [])).rejects.toMatchObject({ code: 'deploy-nothing-issued' });
  });
});

describe('what hosts have', () => {
  it('tells issued from deployed, and a file that is not the one issued', async () => {
    using host = new SimulatedHost();
    await deploy([host], issuer, () => undefined, options);
    host.write('/etc/pki/qemu/server-cert.pem', host.read('/etc/pki/libvirt/servercert.pem'));
    const entries = await calendarOf([host], home, () => undefined, options);
    const told = entries.filter(({ kind }) => kind === 'certificate');
    expect(told.filter(({ seen }) => seen === 'issued')).toHaveLength(4);
    expect(told.filter(({ seen }) => seen === 'deployed')).toHaveLength(4);
    expect(told.filter(({ isStale }) => isStale).map(({ seen, place }) => `${seen} ${place}`)).toEqual([
      'deployed qemu server',
    ]);
  });

  it('tells what was issued for a host that cannot be reached', async () => {
    using host = new SimulatedHost();
    await deploy([host], issuer, () => undefined, options);
    host.reconnect();
    host.cut = { command: 1, where: 'before' };
    const findings: PkiFinding[] = [];
    const entries = await calendarOf([host], home, (finding) => findings.push(finding), options);
    expect(entries.map(({ seen }) => seen)).toEqual(['issued', 'issued', 'issued', 'issued']);
    expect(findings).toMatchObject([{ id: 'pki.status', level: 'unknown' }]);
  });
});
