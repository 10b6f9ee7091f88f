import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { deploy, type Issuer } from '../../../electron/deploy/deploy.ts';
import { DeployedHosts } from '../../../electron/deploy/deployed-hosts.ts';
import { openPkiHost } from '../../../electron/deploy/pki-host.ts';
import { presentSet, type PresentSet } from '../../../electron/deploy/present/present-set.ts';
import { previewSet, type FilePreview } from '../../../electron/deploy/present/preview-set.ts';
import { filesOf, treesOf } from '../../../electron/deploy/trees.ts';
import type { AuthorityInUse } from '../../../electron/deploy/trust.ts';
import { AuthorityStore } from '../../../electron/pki/authority-store.ts';
import { parseCertificates } from '../../../electron/pki/certificate.ts';
import { certificateNames } from '../../../electron/pki/names.ts';
import { Passphrase } from '../../../electron/pki/passphrase.ts';
import { revokeCertificates } from '../../../electron/pki/revoke.ts';
import { unlockAuthority } from '../../../electron/pki/unlocked-authority.ts';
import { SimulatedHost } from '../setup/simulated/simulated-host.ts';
import { missing } from '../setup/simulated/tools.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'viaduct-present-'));
const trees = treesOf('/etc/pki/qemu', 64_055);
const names = certificateNames(['alpha.sim', '198.51.100.11']);
const passphrase = new Passphrase('x');
const day = 86_400_000;
let home: string;

beforeAll(async () => {
  home = join(folder, 'home');
  mkdirSync(home);
  await new AuthorityStore(home).create({ name: 'Test CA', key: 'p256', passphrase });
  using host = newHost();
  const issuer = await issuerNow();
  const given = new Map([[host.name, [...names.dnsNames, ...names.ipAddresses]]]);
  await deploy([host], issuer, () => undefined, { prompts: noSudoPrompts, names: given });
  issuer.unlocked.lock();
  cpSync(home, join(folder, 'home-after'), { recursive: true });
  execFileSync('cp', ['-a', join(host.root, 'etc/pki'), join(folder, 'pki')]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  home = mkdtempSync(join(folder, 'home-'));
  cpSync(join(folder, 'home-after'), home, { recursive: true });
});

async function issuerNow(): Promise<Issuer> {
  const { store, authority } = await inUse();
  return { store, unlocked: await unlockAuthority(authority, passphrase), known: new DeployedHosts(home) };
}

async function inUse(): Promise<AuthorityInUse> {
  const store = new AuthorityStore(home);
  return { store, authority: await store.open('Test CA') };
}

function newHost(): SimulatedHost {
  const host = new SimulatedHost();
  host.remove('/etc/pki');
  return host;
}

/** What deploying left behind. */
function deployTo(host: SimulatedHost): void {
  execFileSync('cp', ['-a', join(folder, 'pki'), join(host.root, 'etc/pki')]);
}

async function look(host: SimulatedHost, wanted = names, now = new Date()): Promise<PresentSet> {
  return presentSet(await openPkiHost(host, { prompts: noSudoPrompts }), await inUse(), wanted, now);
}

async function preview(host: SimulatedHost): Promise<{ present: PresentSet; files: FilePreview[] }> {
  const opened = await openPkiHost(host, { prompts: noSudoPrompts });
  const present = await presentSet(opened, await inUse(), names, new Date());
  return { present, files: await previewSet(opened, await inUse(), names, present) };
}

describe('the set that a host has', () => {
  it('is absent, then complete, and looking at it changes nothing', async () => {
    using host = newHost();
    expect(await look(host)).toMatchObject({
      state: 'absent',
      reasons: ['alpha.sim has no certificates yet.'],
    });
    deployTo(host);
    const before = host.state();
    const present = await look(host);
    expect(present).toMatchObject({ state: 'complete', reasons: [], notes: [] });
    const [leaf] = parseCertificates(host.read('/etc/pki/qemu/server-cert.pem'));
    expect(present.until?.getTime()).toBeLessThanOrEqual(leaf?.notAfter.getTime() ?? 0);
    expect(host.state()).toEqual(before);
    expect(JSON.stringify(present)).not.toContain('PRIVATE');
  });

  it.each<[string, (host: SimulatedHost) => void | Promise<void>, string[]]>([
    [
      'a file is missing',
      (host) => host.remove('/etc/pki/qemu/client-cert.pem'),
      ["/etc/pki/qemu/client-cert.pem is missing (certificate of QEMU's client)."],
    ],
    [
      'a mode is wider than wanted',
      (host) => chmodSync(join(host.root, '/etc/pki/qemu/server-key.pem'), 0o644),
      ['/etc/pki/qemu/server-key.pem has the mode 0644, which is wider than 0640.'],
    ],
    [
      "QEMU's group cannot read its key",
      (host) => chownSync(join(host.root, '/etc/pki/qemu/server-key.pem'), 0, 0),
      ['/etc/pki/qemu/server-key.pem belongs to the group 0, not to 64055, which has to read it.'],
    ],
    [
      'a key does not fit',
      (host) =>
        host.write(
          '/etc/pki/libvirt/private/serverkey.pem',
          host.read('/etc/pki/libvirt/private/clientkey.pem'),
          0o600,
        ),
      ['The key /etc/pki/libvirt/private/serverkey.pem does not belong to /etc/pki/libvirt/servercert.pem.'],
    ],
    [
      'a key is none',
      (host) => host.write('/etc/pki/libvirt/private/serverkey.pem', 'nonsense', 0o600),
      ['/etc/pki/libvirt/private/serverkey.pem is no usable key: openssl cannot read it.'],
    ],
    [
      'the host cannot compare keys, which is not passed over',
      (host) => {
        host.tool('openssl', missing);
        host.tool('certtool', missing);
      },
      trees.places.map(
        ({ key }) =>
          `Whether ${key.path} belongs to its certificate could not be seen: alpha.sim has neither openssl nor certtool.`,
      ),
    ],
    [
      'a certificate is none',
      (host) => host.write('/etc/pki/qemu/server-cert.pem', 'nonsense'),
      ['/etc/pki/qemu/server-cert.pem holds no certificate that can be read.'],
    ],
    [
      "the folder does not let QEMU's group in",
      (host) => chmodSync(join(host.root, '/etc/pki/qemu'), 0o700),
      ["/etc/pki/qemu does not let QEMU's group in."],
    ],
    [
      'the authority is not trusted',
      async (host) => {
        const { store } = await inUse();
        const other = await store.create({ name: 'Other CA', key: 'p256', passphrase });
        host.write('/etc/pki/qemu/ca-cert.pem', other.certificate.pem);
      },
      ['/etc/pki/qemu/ca-cert.pem lacks the authority Test CA.'],
    ],
    [
      'one is revoked, and the list is not there',
      async (host) => {
        const [leaf] = parseCertificates(host.read('/etc/pki/qemu/server-cert.pem'));
        const { unlocked } = await issuerNow();
        await revokeCertificates(unlocked, [leaf?.serial ?? ''], 'unspecified');
        unlocked.lock();
      },
      [
        '/etc/pki/CA/cacrl.pem lacks revocation list 6 of CN=Test CA.',
        '/etc/pki/qemu/ca-crl.pem lacks revocation list 6 of CN=Test CA.',
        "The certificate of QEMU's server is revoked.",
      ],
    ],
  ])('needs a new one when %s', async (_what, spoil, reasons) => {
    using host = newHost();
    deployTo(host);
    await spoil(host);
    expect(await look(host)).toMatchObject({ state: 'needs-new', reasons });
  });

  it('needs a new one for other names, and before the end', async () => {
    using host = newHost();
    deployTo(host);
    expect((await look(host, certificateNames(['alpha.sim', 'beta.sim']))).reasons).toEqual(
      ['libvirt', 'QEMU'].flatMap((reader) => [
        `The certificate of ${reader}'s server lacks the name beta.sim.`,
        `The certificate of ${reader}'s server is for 198.51.100.11 as well, which is not wanted.`,
      ]),
    );
    const later = (days: number) => look(host, names, new Date(Date.now() + days * day));
    expect((await later(729 - 31)).state).toBe('complete');
    const soon = await later(729 - 29);
    expect(soon.state).toBe('needs-new');
    expect(soon.reasons[0]).toMatch(/^The certificate of libvirt's server expires in 29 days, on /);
    expect((await later(731)).reasons[0]).toMatch(/^The certificate of libvirt's server expired on /);
  });

  it('is of another authority', async () => {
    using host = newHost();
    deployTo(host);
    const { store } = await inUse();
    const other = await store.create({ name: 'Other CA', key: 'p256', passphrase });
    const opened = await openPkiHost(host, { prompts: noSudoPrompts });
    const { state, reasons } = await presentSet(opened, { store, authority: other }, names, new Date());
    expect(state).toBe('needs-new');
    expect(reasons).toContain(
      "The certificate of libvirt's server is of another authority (CN=Test CA), not of Other CA.",
    );
  });
});

describe('the preview of a set', () => {
  it('says what is made where, and nothing of a key', async () => {
    using host = newHost();
    const { files } = await preview(host);
    expect(
      files.map(({ action, mode, owner, group, path }) => `${action} ${mode} ${owner}:${group} ${path}`),
    ).toEqual([
      'new 0755 root:root /etc/pki',
      'new 0755 root:root /etc/pki/CA',
      'new 0755 root:root /etc/pki/libvirt',
      'new 0750 root:root /etc/pki/libvirt/private',
      'new 0750 root:64055 /etc/pki/qemu',
      'new 0644 root:root /etc/pki/CA/cacert.pem',
      'new 0644 root:root /etc/pki/qemu/ca-cert.pem',
      'new 0600 root:root /etc/pki/libvirt/private/serverkey.pem',
      'new 0644 root:root /etc/pki/libvirt/servercert.pem',
      'new 0600 root:root /etc/pki/libvirt/private/clientkey.pem',
      'new 0644 root:root /etc/pki/libvirt/clientcert.pem',
      'new 0640 root:64055 /etc/pki/qemu/server-key.pem',
      'new 0644 root:root /etc/pki/qemu/server-cert.pem',
      'new 0640 root:64055 /etc/pki/qemu/client-key.pem',
      'new 0644 root:root /etc/pki/qemu/client-cert.pem',
    ]);
    const diffOf = (path: string) => files.find((file) => file.path === path)?.diff ?? '';
    expect(diffOf('/etc/pki/qemu/server-key.pem')).toContain(
      '+new RSA 3072 key, made on alpha.sim with openssl; it does not leave the host\n',
    );
    expect(diffOf('/etc/pki/qemu/server-cert.pem')).toMatch(
      /^\+subject: CN=alpha\.sim\n\+issuer: CN=Test CA\n\+name: alpha\.sim\n\+name: 198\.51\.100\.11\n\+usage: digitalSignature, keyEncipherment, serverAuth\n/m,
    );
    expect(diffOf('/etc/pki/CA/cacert.pem')).toMatch(
      /^\+CN=Test CA, P-256, until \d{4}-\d\d-\d\d, SHA-256 /m,
    );
  });

  it('foretells what then is there', async () => {
    using host = newHost();
    const { files } = await preview(host);
    deployTo(host);
    const { present } = await preview(host);
    for (const { file, summary, found } of present.files) {
      const told = files.find(({ path }) => path === file.path);
      if (told === undefined) {
        expect(found, file.path).toBeUndefined();
        continue;
      }
      expect(found?.mode.toString(8).padStart(4, '0')).toBe(told.mode);
      if (file.part === 'key') continue;
      const added = [...told.diff.matchAll(/^\+(?!\+\+)(.*)$/gm)].map(([, line]) => line).join('\n');
      const same = (text: string) => text.replace(/^serial number: .*$/m, '').trim();
      expect(same(added)).toBe(same(summary));
    }
  });

  it('keeps a set that is complete, and shows what a new one changes', async () => {
    using host = newHost();
    deployTo(host);
    const kept = await preview(host);
    expect(kept.files.map(({ action, diff }) => [action, diff])).toEqual(
      filesOf(trees)
        .filter(({ part }) => part !== 'revocations')
        .map(() => ['kept', '']),
    );
    host.remove('/etc/pki/qemu/client-cert.pem');
    const { files } = await preview(host);
    const server = files.find(({ path }) => path === '/etc/pki/libvirt/servercert.pem');
    expect(server?.action).toBe('replaced');
    expect(server?.diff).toMatch(
      /^ key: RSA 3072\n-serial number: [0-9a-f]+\n\+serial number: a new one, at random$/m,
    );
    expect(files.find(({ path }) => path === '/etc/pki/CA/cacert.pem')).toMatchObject({
      action: 'kept',
      diff: '',
    });
  });
});
