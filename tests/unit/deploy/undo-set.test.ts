import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { deploy, type Issuer } from '../../../electron/deploy/deploy.ts';
import { renew } from '../../../electron/deploy/renew.ts';
import { DeployedHosts } from '../../../electron/deploy/deployed-hosts.ts';
import type { PkiFinding } from '../../../electron/deploy/pki-finding.ts';
import { undoSet } from '../../../electron/deploy/undo-set.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { parseCertificates } from '../../../electron/pki/certificate.ts';
import { dayMs } from '../../../electron/pki/lifetimes.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { revokeCertificates } from '../../../electron/pki/revoke.ts';
import { unlockAuthority, type Clock } from '../../../electron/pki/unlocked-authority.ts';
import { SimulatedHost } from '../setup/simulated/simulated-host.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-undo-'));
const passphrase = new Passphrase('x');
const server = '/etc/pki/libvirt/servercert.pem';
let home: string;
let issuer: Issuer;

beforeAll(async () => {
  mkdirSync(join(folder, 'authority'));
  await new AuthorityStore(join(folder, 'authority')).create({ name: 'Test CA', key: 'p256', passphrase });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  cpSync(join(folder, 'authority'), home, { recursive: true });
  const store = new AuthorityStore(home);
  const unlocked = await unlockAuthority(await store.open('Test CA'), passphrase);
  issuer = { store, unlocked, known: new DeployedHosts(home) };
  return () => unlocked.lock();
});

/** Makes keys of any kind quickly. */
const quickOpenssl = `#!/bin/sh
[ "$1" = genpkey ] || exec /usr/bin/openssl "$@"
exec /usr/bin/openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1
`;

function newHost(): SimulatedHost {
  const host = new SimulatedHost();
  host.tool('openssl', quickOpenssl);
  host.remove('/etc/pki');
  return host;
}

function listen(host: SimulatedHost): void {
  host.unit('libvirtd-tls.socket', 'active', 'enabled');
  host.write('/proc/net/tcp', '   0: 00000000:4082 00000000:0000 0A x\n');
}

const options = { prompts: noSudoPrompts };
const ignore = () => undefined;

async function undo(host: SimulatedHost): Promise<PkiFinding[]> {
  const findings: PkiFinding[] = [];
  await undoSet(host, issuer.store, (finding) => findings.push(finding), { ...options, waitMs: 1 });
  return findings;
}

/** Another authority of the same store, at its own time. */
async function issuerOf(name: string, clock?: Clock): Promise<Issuer> {
  const store = new AuthorityStore(home, clock);
  const authority = await store.create({ name, key: 'p256', passphrase });
  return { ...issuer, store, unlocked: await unlockAuthority(authority, passphrase, clock && { clock }) };
}

async function expectRefused(host: SimulatedHost, code: string, words: RegExp): Promise<void> {
  const before = host.state();
  await expect(undo(host)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(words) as string,
    remedy: expect.stringContaining('viaduct pki renew') as string,
  });
  expect(host.state()).toEqual(before);
}

describe('undoing a set', () => {
  it('leaves a host as it was before its first, once', async () => {
    using host = newHost();
    const before = host.state();
    await deploy([host], issuer, ignore, options);
    expect(await undo(host)).toMatchObject([
      { id: 'pki.undone', level: 'ok', summary: 'alpha.sim has no certificates again, as before.' },
    ]);
    expect(host.state()).toEqual(before);
    await expect(undo(host)).rejects.toMatchObject({ code: 'deploy-nothing-to-undo' });
  });

  it('goes back to the set before, which the daemon reads', async () => {
    using host = newHost();
    await deploy([host], issuer, ignore, options);
    const before = host.state();
    await renew([host], issuer, ignore, options);
    listen(host);
    host.tool('virt-admin', '#!/bin/sh\necho "$@" >>"$SIM/told"\n');
    expect((await undo(host)).map(({ id, level }) => `${id} ${level}`)).toEqual([
      // Nobody can see the port of a host that is only simulated, and that is said.
      'pki.served unknown',
      'pki.undone ok',
    ]);
    const after = host.state();
    for (const path of Object.keys(after).filter((one) => one.endsWith('.pem'))) {
      expect([path, after[path]]).toEqual([path, before[path]]);
    }
    await expect(undo(host)).rejects.toMatchObject({ code: 'deploy-nothing-to-undo' });
  });

  it('does not take the certificates from a daemon that needs them', async () => {
    using host = newHost();
    await deploy([host], issuer, ignore, options);
    const before = host.state();
    listen(host);
    const refusal = { code: 'deploy-undo-in-use', remedy: 'Run "viaduct host undo" for alpha.sim first.' };
    await expect(undo(host)).rejects.toMatchObject(refusal);
    rmSync(join(host.folder, 'units/libvirtd-tls.socket.active'));
    rmSync(join(host.folder, 'units/libvirtd-tls.socket.enabled'));
    host.write('/proc/net/tcp', '');
    host.write('/etc/libvirt/qemu.conf', 'default_tls_x509_cert_dir = "/etc/pki/qemu"\n', 0o600);
    await expect(undo(host)).rejects.toMatchObject(refusal);
    expect(host.read(server)).toContain('CERTIFICATE');
    expect(Object.keys(host.state()).filter((path) => path.startsWith('/etc/pki'))).toEqual(
      Object.keys(before).filter((path) => path.startsWith('/etc/pki')),
    );
  });

  it('keeps the newer set when the daemon does not take the old one', async () => {
    using host = newHost();
    await deploy([host], issuer, ignore, options);
    writeFileSync(join(host.folder, 'bad'), host.read(server));
    await renew([host], issuer, ignore, options);
    listen(host);
    host.tool(
      'virt-admin',
      '#!/bin/sh\n/usr/bin/cmp -s "$SIM/bad" "$SIM/root/etc/pki/libvirt/servercert.pem" || exit 0\necho "error: it has expired" >&2\nexit 1\n',
    );
    const before = host.state();
    await expect(undo(host)).rejects.toMatchObject({
      code: 'deploy-reload-refused',
      message: expect.stringMatching(/it has expired\. alpha\.sim keeps its newer certificates\.$/) as string,
    });
    expect(host.state()).toEqual(before);
    // What was kept is still there for when the reason is gone.
    rmSync(join(host.folder, 'bad'));
    await undo(host);
  });

  it('does not go back to what was revoked', async () => {
    using host = newHost();
    await deploy([host], issuer, ignore, options);
    const [leaf] = parseCertificates(host.read('/etc/pki/qemu/client-cert.pem'));
    await revokeCertificates(issuer.unlocked, [leaf?.serial ?? ''], 'unspecified');
    await renew([host], issuer, ignore, options);
    await expect(undo(host)).rejects.toMatchObject({ code: 'deploy-undo-revoked' });
  });

  it('does not go back to what has expired', async () => {
    using host = newHost();
    const then = new Date(Date.now() - 800 * dayMs);
    await deploy([host], await issuerOf('Old CA', () => then), ignore, options);
    await deploy([host], issuer, ignore, options);
    await expectRefused(
      host,
      'deploy-undo-expired',
      /expired on \d{4}-\d\d-\d\d: its daemon would not start/,
    );
  });

  it('does not go back to an authority that was retired, however its certificates came to the host', async () => {
    using host = newHost();
    await deploy([host], issuer, ignore, options);
    const successor = await issuer.store.replace('Test CA', { key: 'p256', passphrase });
    const next = { ...issuer, unlocked: await unlockAuthority(successor, passphrase) };
    await deploy([host], next, ignore, options);
    await undo(host);
    await deploy([host], next, ignore, options);
    await issuer.store.retire(successor.name, 'Test CA');
    await expectRefused(host, 'deploy-undo-untrusted', /are of Test CA, which Test CA 2 took the place of/);
    next.unlocked.lock();
  });

  it('does not go back to a certificate that the host itself would not trust', async () => {
    using host = newHost();
    await deploy([host], await issuerOf('Other CA'), ignore, options);
    const foreign = host.read('/etc/pki/qemu/server-cert.pem');
    await deploy([host], issuer, ignore, options);
    host.write('/etc/pki/qemu/server-cert.pem', foreign);
    await deploy([host], issuer, ignore, options);
    await expectRefused(host, 'deploy-undo-untrusted', /would not trust its own certificate of before/);
  });

  it('says that hosts with the newer ones do not trust another authority of before', async () => {
    using host = newHost();
    await deploy([host], await issuerOf('Other CA'), ignore, options);
    const before = host.read(server);
    await deploy([host], issuer, ignore, options);
    expect(await undo(host)).toMatchObject([
      {
        id: 'pki.undo.trust',
        level: 'warning',
        summary: expect.stringContaining('are of Other CA: hosts that have the newer ones') as string,
      },
      { id: 'pki.undone', level: 'ok' },
    ]);
    expect(host.read(server)).toBe(before);
  });

  it('leaves a revocation list that came later', async () => {
    using host = newHost();
    await deploy([host], issuer, ignore, options);
    await revokeCertificates(issuer.unlocked, [], 'unspecified');
    await renew([host], issuer, ignore, options);
    host.write('/etc/pki/CA/cacrl.pem', 'a newer one\n');
    await undo(host);
    expect(host.read('/etc/pki/CA/cacrl.pem')).toBe('a newer one\n');
    expect(Object.keys(host.state())).not.toContain('/etc/pki/qemu/ca-crl.pem');
  });

  it('goes on where it was cut off', async () => {
    using host = newHost();
    const before = host.state();
    for (let command = 1; ; command += 1) {
      host.reconnect();
      if (!Object.keys(host.state()).includes('/etc/pki/.viaduct-undo')) {
        expect(host.state()).toEqual(before);
        await deploy([host], issuer, ignore, options);
      }
      host.cut = { command, where: command % 2 === 0 ? 'after' : 'before' };
      const cut = await undo(host).then(
        () => false,
        () => true,
      );
      host.reconnect();
      if (!cut) break;
    }
    expect(host.state()).toEqual(before);
  });
});
