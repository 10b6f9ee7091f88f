import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../../../electron/common/host/sudo-prompts.ts';
import { knownClients } from '../../../../electron/deploy/allow-list/known-clients.ts';
import { deploy } from '../../../../electron/deploy/deploy.ts';
import { DeployedHosts } from '../../../../electron/deploy/deployed-hosts.ts';
import { AuthorityStore } from '../../../../electron/pki/authority-store.ts';
import { Passphrase } from '../../../../electron/pki/passphrase.ts';
import { unlockAuthority, type UnlockedAuthority } from '../../../../electron/pki/unlocked-authority.ts';
import { issueNew } from '../../pki/authorities.ts';
import { NamedHost } from '../support-hosts.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-allow-list-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const options = { prompts: noSudoPrompts };
const passphrase = new Passphrase('x');
let home: string;
let store: AuthorityStore;
let unlocked: UnlockedAuthority;
let alpha: NamedHost;
let beta: NamedHost;

beforeEach(async () => {
  home = mkdtempSync(join(folder, 'home-'));
  store = new AuthorityStore(home);
  unlocked = await unlockAuthority(
    await store.create({ name: 'Test CA', key: 'p256', passphrase }),
    passphrase,
  );
  alpha = new NamedHost('alpha.sim', 'a');
  beta = new NamedHost('beta.sim', 'b');
  const issuer = { store, unlocked, known: new DeployedHosts(home) };
  await deploy([alpha.asHost, beta.asHost], issuer, () => undefined, options);
});
afterEach(() => {
  unlocked.lock();
  alpha[Symbol.dispose]();
  beta[Symbol.dispose]();
});

const client = { usedBy: 'libvirt', purposes: ['client'] } as const;

describe('who is known', () => {
  it('is read from the hosts, in the form that libvirt compares', async () => {
    expect(await knownClients([alpha.asHost, beta.asHost], home, options)).toEqual({
      clients: [
        { owner: 'alpha.sim', name: 'CN=alpha.sim' },
        { owner: 'beta.sim', name: 'CN=beta.sim' },
      ],
      shutOut: [],
      unknownOf: [],
      workstation: [],
    });
  });

  it('leaves out who is not named, and says so', async () => {
    await issueNew(unlocked, { host: 'desk', ...client });
    await issueNew(unlocked, { host: 'only-a-server', ...client, purposes: ['server'] });
    await issueNew(unlocked, { host: 'only-qemu', ...client, usedBy: 'qemu' });
    const other = await store.create({ name: 'Not trusted there', key: 'p256', passphrase });
    const otherKey = await unlockAuthority(other, passphrase);
    await issueNew(otherKey, { host: 'stranger', ...client });
    otherKey.lock();
    expect((await knownClients([alpha.asHost], home, options)).shutOut).toEqual(['beta.sim', 'desk']);
  });

  it.each(['by a connect URI', 'by a folder of ours'])('takes the workstation along, %s', async (how) => {
    const { pem } = await issueNew(unlocked, { host: 'desk', ...client });
    const pkipath = join(home, how.endsWith('URI') ? 'elsewhere' : 'client-certificates', 'desk');
    mkdirSync(pkipath, { recursive: true });
    writeFileSync(join(pkipath, 'clientcert.pem'), pem);
    const connectUri = `qemu+tls://alpha.sim/system?pkipath=${pkipath}`;
    const host = { ...alpha.asHost, ...(how.endsWith('URI') && { connectUri }) };
    const found = await knownClients([host], home, options);
    expect(found.workstation).toEqual(['CN=beta.lab']);
    expect(found.clients).toContainEqual({ owner: 'this workstation', name: 'CN=beta.lab' });
    expect(found.shutOut, 'the owner of a listed certificate is not').toEqual(['beta.sim']);
  });

  it('does not know all certificates of an authority that is not here', async () => {
    const elsewhere = new AuthorityStore(mkdtempSync(join(folder, 'home-')));
    const foreign = await elsewhere.create({ name: 'Foreign CA', key: 'p256', passphrase });
    alpha.write('/etc/pki/CA/cacert.pem', alpha.read('/etc/pki/CA/cacert.pem') + foreign.certificate.pem);
    expect((await knownClients([alpha.asHost], home, options)).unknownOf).toEqual(['Foreign CA']);
  });

  it('has a certificate', async () => {
    alpha.remove('/etc/pki/libvirt/clientcert.pem');
    await expect(knownClients([alpha.asHost], home, options)).rejects.toMatchObject({
      code: 'allow-list-no-certificate',
    });
  });
});
