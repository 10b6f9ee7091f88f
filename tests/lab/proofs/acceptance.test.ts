import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type KeyKind, keyKinds } from '../../../electron/pki/key-kinds.ts';
import { hosts, Lab, type HostName } from '../lab.ts';
import { otherHost } from '../support/guest-proof.ts';
import { viaduct, type ViaductRun } from '../support/viaduct.ts';
import { CertificateMaker } from './made-certificates.ts';
import { isLongRun } from './long-run.ts';

/*
 * Every certificate that is made is taken by those who use it, whatever the kind of the authority's key and of the
 * host's: by the two usual tools, by libvirt's daemon and client, and by QEMU. A guest is moved with each authority; with
 * `npm run proofs -- pki`, with each kind of key under each authority.
 */

vi.setConfig({ testTimeout: 90_000 });

const both: readonly HostName[] = ['alpha', 'beta'];
let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});

const leaves = [
  { ca: '/etc/pki/CA/cacert.pem', path: '/etc/pki/libvirt/servercert.pem', purpose: 'sslserver' },
  { ca: '/etc/pki/CA/cacert.pem', path: '/etc/pki/libvirt/clientcert.pem', purpose: 'sslclient' },
  { ca: '/etc/pki/qemu/ca-cert.pem', path: '/etc/pki/qemu/server-cert.pem', purpose: 'sslserver' },
  { ca: '/etc/pki/qemu/ca-cert.pem', path: '/etc/pki/qemu/client-cert.pem', purpose: 'sslclient' },
] as const;

async function acceptedByTools(host: HostName): Promise<void> {
  for (const { ca, path, purpose } of leaves) {
    await lab.mustRun(host, ['certtool', '--verify', '--load-ca-certificate', ca, '--infile', path]);
    const verify = ['openssl', 'verify', '-x509_strict', '-CAfile', ca, '-purpose', purpose];
    await lab.mustRun(host, [...verify, path]);
  }
}

/** With these files at its start, each daemon lets the other host's client in. */
async function acceptedByLibvirt(): Promise<void> {
  for (const host of both) await lab.mustRun(host, ['systemctl', 'restart', 'libvirtd.service']);
  for (const host of both) {
    const uri = `qemu+tls://${hosts[otherHost(host)].fqdn}/system`;
    expect(await lab.mustRun(host, ['virsh', '-c', uri, 'hostname'])).toContain(otherHost(host));
  }
}

/** QEMU's own program with these files, as its user: it makes both ends' credentials, or ends with an error. */
async function acceptedByQemu(host: HostName): Promise<void> {
  const credentials = ['server', 'client'].flatMap((end) => [
    '-object',
    `tls-creds-x509,id=${end},dir=/etc/pki/qemu,endpoint=${end},verify-peer=on`,
  ]);
  const qemu = ['qemu-system-x86_64', '-machine', 'none', '-nodefaults', '-display', 'none'];
  const asQemu = ['setpriv', '--reuid=libvirt-qemu', '--regid=libvirt-qemu', '--init-groups'];
  const run = [...asQemu, ...qemu, '-monitor', 'stdio', ...credentials];
  const said = await lab.mustRun(host, run, { stdin: 'info version\nquit\n' });
  expect(said).toMatch(/^\d+\.\d+/m);
}

let where: HostName = 'alpha';

async function moveGuest(): Promise<void> {
  const to = otherHost(where);
  const uris = ['--source', lab.sshUri(where), '--destination', lab.sshUri(to)];
  const { result, stderr, stdout } = await viaduct(['migrate', 'web01', '--json', ...uris]);
  expect(result, stdout + stderr).toMatchObject({ outcome: 'migrated', mode: 'native-tls' });
  where = to;
}

describe.each(keyKinds)('an authority with a key of %s', (kind) => {
  let folder: string;
  const pki = (...args: string[]): Promise<ViaductRun> =>
    viaduct(['pki', ...args], { environment: { VIADUCT_HOME: join(folder, 'home') } });
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'viaduct-accepted-'));
    await writeFile(join(folder, 'passphrase'), 'of the authority\n', { mode: 0o600 });
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('signs what the tools, libvirtd and QEMU take, and moves a guest', async () => {
    const passphrase = ['--passphrase-file', join(folder, 'passphrase')];
    const uris = both.map((host) => lab.sshUri(host));
    expect((await pki('create-ca', '--name', 'CA', '--key', kind, ...passphrase)).code).toBe(0);
    const deployed = await pki('deploy', ...uris, ...passphrase);
    expect(deployed.code, deployed.stderr).toBe(0);
    const validated = await pki('validate', ...uris);
    expect(validated.code, validated.stdout).toBe(0);
    for (const host of both) {
      await acceptedByTools(host);
      await acceptedByQemu(host);
    }
    await acceptedByLibvirt();
    await moveGuest();
  });

  it.each(keyKinds)('signs as well for keys of %s', async (hostKind: KeyKind) => {
    await using maker = await CertificateMaker.start('CA', kind);
    for (const host of both) {
      for (const tree of ['libvirt', 'qemu'] as const) await maker.equip(hosts[host], tree, hostKind);
      await acceptedByTools(host);
      await acceptedByQemu(host);
    }
    await acceptedByLibvirt();
    if (isLongRun) await moveGuest();
  });
});
