import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, createServer } from 'node:tls';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { issueClientCertificate } from '../../../electron/deploy/client-certificate.ts';
import { deploy, type Issuer } from '../../../electron/deploy/deploy.ts';
import { DeployedHosts } from '../../../electron/deploy/deployed-hosts.ts';
import type { PkiFinding } from '../../../electron/deploy/pki-finding.ts';
import { requireClient, revokeClient } from '../../../electron/deploy/revoke-client.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { plainKeyPem } from '../../../electron/pki/encrypted-key.ts';
import { issueCertificate } from '../../../electron/pki/issue.ts';
import { makeKeyPair } from '../../../electron/pki/key-kinds.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { readRevocationList } from '../../../electron/pki/revocation-list.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { systemctl } from '../setup/simulated/tools.ts';
import { NamedHost } from './support-hosts.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-revoke-client-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const options = { prompts: noSudoPrompts };
const list = '/etc/pki/CA/cacrl.pem';
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

/** A host that this machine reaches, with certificates, and a workstation that has one of the same authority. */
async function prepare(output?: string): Promise<NamedHost> {
  const host = new NamedHost('localhost', 'b');
  onTestFinished(() => host[Symbol.dispose]());
  await deploy([host.asHost], issuer, () => undefined, options);
  await issueClientCertificate(issuer, home, { name: 'Desk-1', days: undefined, output });
  return host;
}

/** A daemon's port with the host's files, as it lets clients in; it has read the list, or never does. */
async function listen(host: NamedHost, readsList: boolean): Promise<void> {
  // Hosts get no certificate for this name, which leads each to itself.
  const { privateKey, publicKey } = await makeKeyPair('p256');
  const names = { dnsNames: ['localhost'], ipAddresses: [] };
  const order = { host: 'localhost', usedBy: 'libvirt', purposes: ['server'], names } as const;
  const { pem } = await issueCertificate(issuer.unlocked, order, publicKey);
  const context = () =>
    createSecureContext({
      ca: host.read('/etc/pki/CA/cacert.pem'),
      cert: pem,
      key: plainKeyPem(privateKey),
      ...(readsList && existsSync(join(host.root, list)) && { crl: host.read(list) }),
    });
  const server = createServer({
    requestCert: true,
    rejectUnauthorized: true,
    SNICallback: (_name, done) => done(null, context()),
  });
  server.on('secureConnection', (socket) => socket.on('error', () => undefined).write('\u0001'));
  server.on('tlsClientError', () => undefined);
  server.listen(0);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  host.tool('systemctl', systemctl.replace('16514', String(port)).replace('4082', hex));
  host.unit('libvirtd-tls.socket', 'active', 'enabled');
  host.write('/proc/net/tcp', `   0: 00000000:${hex} 00000000:0000 0A x\n`);
  host.tool('virt-admin', '#!/bin/sh\nexit 0\n');
}

async function run(host: NamedHost): Promise<string[]> {
  const findings: PkiFinding[] = [];
  const report = (finding: PkiFinding) => findings.push(finding);
  const called = await requireClient('DESK-1', issuer);
  await revokeClient(called, [host.asHost], issuer, home, report, options);
  return findings.map(({ id, host: about, level }) => [id, about, level].filter(Boolean).join(' '));
}

describe("revoking a workstation's certificates", () => {
  it('is proven with what was made for it, where that is here', async () => {
    const host = await prepare();
    await listen(host, true);
    const proven = ['pki.revoked ok', 'pki.served localhost ok', 'pki.control.refused localhost ok'];
    expect(await run(host)).toEqual(proven);
    expect(readRevocationList(host.read(list)).revoked, 'the one of the workstation alone').toHaveLength(1);
    expect(await run(host), 'again').toEqual(proven);
  });

  it('is an error where it is let in all the same', async () => {
    const host = await prepare();
    await listen(host, false);
    expect((await run(host)).at(-1)).toBe('pki.control.refused localhost error');
  });

  it('is not known to work where its key is not here', async () => {
    const host = await prepare(join(home, 'elsewhere'));
    await listen(host, true);
    expect((await run(host)).at(-1)).toBe('pki.control.refused localhost unknown');
    // One that was made afterwards is not revoked, and proves nothing.
    await issueClientCertificate(issuer, home, {
      name: 'desk-2',
      days: undefined,
      output: join(home, 'client-certificates/desk-1'),
    });
    expect((await run(host)).at(-1)).toBe('pki.control.refused localhost unknown');
  });

  it('tells of a host that could not be told', async () => {
    const host = await prepare();
    host.unplug();
    expect(await run(host)).toEqual(['pki.revoked ok', 'pki.revocations localhost error']);
  });

  it('needs no list on a host whose certificates were undone', async () => {
    const host = await prepare();
    host.remove('/etc/pki');
    expect(await run(host)).toEqual(['pki.revoked ok', 'pki.revocations localhost info']);
    expect(existsSync(join(host.root, 'etc/pki'))).toBe(false);
  });

  it('is refused for a host, and for whom nothing was issued', async () => {
    const host = await prepare();
    await expect(requireClient('localhost', issuer)).rejects.toMatchObject({ code: 'client-is-host' });
    await expect(requireClient('a b', issuer)).rejects.toMatchObject({ code: 'bad-certificate-name' });
    const none = revokeClient('desk-9', [host.asHost], issuer, home, () => undefined, options);
    await expect(none).rejects.toMatchObject({ code: 'deploy-nothing-issued' });
  });
});
