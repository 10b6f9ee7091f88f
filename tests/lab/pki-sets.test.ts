import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../electron/common/host/sudo-prompts.ts';
import { openPkiHost, type PkiHost } from '../../electron/deploy/pki-host.ts';
import { certificateNamesOf, type HostNames } from '../../electron/deploy/names/host-names.ts';
import { lookUpNames } from '../../electron/deploy/names/look-up-names.ts';
import { presentSet, type PresentSet } from '../../electron/deploy/present/present-set.ts';
import { previewSet } from '../../electron/deploy/present/preview-set.ts';
import { ManagedHost } from '../../electron/hosts/managed-host.ts';
import { AuthorityStore } from '../../electron/pki/authority-store.ts';
import { certificateNames } from '../../electron/pki/names.ts';
import { noPrompts } from '../../electron/ssh/prompts.ts';
import { Lab, type HostName } from './lab.ts';
import { makeBare, stateOf } from './support/bare-host.ts';
import { guestLine } from './support/guest-proof.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

vi.setConfig({ testTimeout: 180_000 });

const both: readonly HostName[] = ['alpha', 'beta'];
let lab: Lab;
let folder: string;
let home: string;
/** By which the workstation gets into beta. */
let tlsUri: string;

/** alpha has no certificate and does not listen; beta is as the lab made it, and does. */
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  folder = await mkdtemp(join(tmpdir(), 'viaduct-sets-'));
  home = join(folder, 'home');
  await writeFile(join(folder, 'passphrase'), 'planted-passphrase\n', { mode: 0o600 });
  await makeBare(lab, 'alpha');
  await lab.mustRun('alpha', ['rm', '-r', '/etc/pki']);
  expect((await pki('create-ca', '--name', 'Test CA', ...passphrase())).code).toBe(0);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const uris = () => both.map((host) => lab.sshUri(host));
const passphrase = () => ['--passphrase-file', join(folder, 'passphrase')];
const pki = (...args: string[]): Promise<ViaductRun> =>
  viaduct(['pki', ...args, '--json'], { environment: { VIADUCT_HOME: home } });

interface Looked {
  opened: PkiHost[];
  names: HostNames[];
  sets: PresentSet[];
}

async function withHosts<T>(use: (looked: Looked) => Promise<T> | T): Promise<T> {
  const hosts = uris().map((uri) => new ManagedHost(uri, { home, prompts: noPrompts }));
  try {
    const opened: PkiHost[] = [];
    for (const host of hosts) opened.push(await openPkiHost(host, { prompts: noSudoPrompts }));
    const names = await lookUpNames(opened);
    const inUse = await authorityInUse();
    const sets = await Promise.all(
      opened.map((host, index) => {
        const found = names[index];
        return presentSet(host, inUse, found && certificateNamesOf(found), new Date());
      }),
    );
    return await use({ opened, names, sets });
  } finally {
    await Promise.all(hosts.map((host) => host.close()));
  }
}

async function authorityInUse() {
  const store = new AuthorityStore(home);
  return { store, authority: await store.open('Test CA') };
}

describe('what hosts have', () => {
  it('is told with reasons, before anything is changed', async () => {
    const before = await stateOf(lab, 'alpha');
    await withHosts(async ({ opened, names, sets }) => {
      const found = names.map((one) => one.found.map(({ name }) => name));
      expect(found[0]).toEqual(expect.arrayContaining(['alpha.lab', 'alpha', '198.51.100.11']));
      expect(found[1]).toEqual(expect.arrayContaining(['beta.lab', 'beta', '198.51.100.12']));
      const [alpha, beta] = sets;
      expect(alpha).toMatchObject({ state: 'absent', reasons: ['alpha.lab has no certificates yet.'] });
      expect(beta?.state).toBe('needs-new');
      expect(beta?.reasons).toContain('/etc/pki/qemu/ca-cert.pem lacks the authority Test CA.');
      expect(beta?.reasons.filter((reason) => /does not belong|could not be seen/.test(reason))).toEqual([]);
      const [host] = opened;
      if (host === undefined || alpha === undefined) throw new Error('no host');
      const files = await previewSet(host, await authorityInUse(), certificateNames(['alpha.lab']), alpha);
      expect(files.find(({ path }) => path === '/etc/pki/qemu/server-key.pem')).toMatchObject({
        action: 'new',
        mode: '0640',
        group: 'libvirt-qemu',
      });
    });
    expect(await stateOf(lab, 'alpha')).toEqual(before);
  });
});

describe('a set with keys of P-256', () => {
  it('works, is complete, and is undone to the byte', async () => {
    const before = await Promise.all(both.map((host) => stateOf(lab, host)));
    const guest = await guestLine(lab, 'web01', 'alpha');
    const run = await pki('deploy', ...uris(), '--key', 'p256', ...passphrase());
    expect(run.code, run.stdout + run.stderr).toBe(0);
    await withHosts(({ sets }) => {
      expect(sets.map(({ state, reasons }) => ({ state, reasons }))).toEqual(
        both.map(() => ({ state: 'complete', reasons: [] })),
      );
    });
    const key = ['openssl', 'pkey', '-in', '/etc/pki/qemu/server-key.pem', '-noout', '-text'];
    expect(await lab.mustRun('alpha', key)).toContain('prime256v1');
    // beta shows its new certificate to alpha's client, and alpha's guests could go there.
    expect(await lab.mustRun('alpha', ['virsh', '-c', 'qemu+tls://beta.lab/system', 'hostname'])).toMatch(
      /beta/,
    );
    for (const host of ['beta', 'alpha'] as const) {
      const undone = await pki('undo', lab.sshUri(host));
      expect(undone.code, undone.stdout + undone.stderr).toBe(0);
      expect(undone.lines.map(({ id, level }) => [id, level].join(' '))).toEqual(
        // The lab's own authority is none that alpha trusts by now.
        host === 'beta' ? ['pki.undo.trust warning', 'pki.served ok', 'pki.undone ok'] : ['pki.undone ok'],
      );
    }
    expect(await Promise.all(both.map((host) => stateOf(lab, host)))).toEqual(before);
    const again = await pki('undo', lab.sshUri('alpha'));
    expect(again.code, again.stderr).toBe(2);
    expect(again.stderr).toContain('Nothing is kept on alpha.lab to go back to.');
    await lab.guestGoesOn('alpha', 'web01', guest);
  });
});

describe('a daemon that listens', () => {
  it('keeps its first certificates until its listener is taken back', async () => {
    const before = await stateOf(lab, 'alpha');
    const alpha = lab.sshUri('alpha');
    const host = (...args: string[]) =>
      viaduct(['host', ...args, '--yes', '--json'], { environment: { VIADUCT_HOME: home } });
    expect((await pki('deploy', ...uris(), ...passphrase())).code).toBe(0);
    const prepared = await host('prepare', alpha, '--peer', '198.51.100.12');
    expect(prepared.code, prepared.stderr).toBe(0);
    const refused = await pki('undo', alpha);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('Run "viaduct host undo" for alpha.lab first.');
    expect((await host('undo', alpha)).code).toBe(0);
    const undone = await pki('undo', alpha);
    expect(undone.code, undone.stderr).toBe(0);
    expect(await stateOf(lab, 'alpha')).toEqual(before);
    await lab.virsh('alpha', ['list', '--name']);
  });

  it("lets a workstation in that has a client's certificate of its own", async () => {
    const run = await pki('client-certificate', '--name', 'desk-1', '--days', '100', ...passphrase());
    expect(run.code, run.stderr).toBe(0);
    const made = run.lines.find(({ type }) => type === 'certificate');
    expect(made).toMatchObject({ host: 'desk-1', usedBy: 'libvirt', purposes: ['client'] });
    const place = String(made?.['folder']);
    const files = await readdir(place);
    const modes = await Promise.all(files.map(async (file) => (await stat(join(place, file))).mode & 0o777));
    expect(files.map((file, index) => `${file} ${(modes[index] ?? 0).toString(8)}`).toSorted()).toEqual([
      'cacert.pem 644',
      'clientcert.pem 644',
      'clientkey.pem 600',
    ]);
    const connectUris = made?.['connectUris'] as string[];
    tlsUri = connectUris.find((one) => one.startsWith('qemu+tls://beta.lab/')) ?? '';
    const guests = await viaduct(['guests', tlsUri, '--json'], { environment: { VIADUCT_HOME: home } });
    expect(guests.code, guests.stderr).toBe(0);
    expect(guests.stderr).not.toContain('planted-passphrase');
  });

  it('refuses that workstation once it is revoked, as it would a stolen one', async () => {
    const revoked = await pki('revoke', '--client', 'desk-1', ...passphrase());
    expect(revoked.code, revoked.stdout + revoked.stderr).toBe(0);
    expect(revoked.lines.map(({ id, host, level }) => [id, host, level].filter(Boolean).join(' '))).toEqual([
      'pki.revoked ok',
      // Its certificates were undone.
      'pki.revocations alpha.lab info',
      'pki.served beta.lab ok',
      'pki.control.refused beta.lab ok',
    ]);
    const guests = await viaduct(['guests', tlsUri, '--json'], { environment: { VIADUCT_HOME: home } });
    expect(guests.code, guests.stdout).toBe(2);
    expect(guests.stderr).toMatch(/refused our certificate/);
  });
});
