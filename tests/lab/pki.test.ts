import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hosts, Lab, type HostName } from './lab.ts';
import type { CertificateOptions } from './pki.ts';
import { expectRunsOn, guestLine } from './support/guest-proof.ts';
import { viaduct, type JsonLine, type ViaductRun } from './support/viaduct.ts';

vi.setConfig({ testTimeout: 60_000 });

const both: readonly HostName[] = ['alpha', 'beta'];
let lab: Lab;
let folder: string;

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  folder = await mkdtemp(join(tmpdir(), 'viaduct-pki-'));
  await writeFile(join(folder, 'passphrase'), 'planted-passphrase\n', { mode: 0o600 });
  for (const host of both) await lab.mustRun(host, ['rm', '-r', '/etc/pki']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const uris = () => both.map((host) => lab.sshUri(host));
const passphrase = () => ['--passphrase-file', join(folder, 'passphrase')];
const pki = (...args: string[]): Promise<ViaductRun> =>
  viaduct(['pki', ...args, '--json'], { environment: { VIADUCT_HOME: join(folder, 'home') } });

function checks({ lines }: ViaductRun): string[] {
  return lines
    .filter(({ type }) => type === 'check')
    .map(({ id, host, from, to, level }: JsonLine) =>
      [id, host ?? [from, to].join('>'), level].map(String).join(' '),
    );
}

const handshakes = (level: string) =>
  ['alpha.lab>beta.lab', 'beta.lab>alpha.lab'].flatMap((pair) => [
    `pki.control.handshake ${pair} ${level}`,
    `pki.data.handshake ${pair} ${level}`,
  ]);

/** Looks at the keys below a host's /etc/pki over and over; tells the modes that each name was seen with. */
function watchKeys(host: HostName): { stop(): Promise<Map<string, Set<string>>> } {
  const seen = new Map<string, Set<string>>();
  const dir = join(hosts[host].root, 'etc/pki');
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const names = await readdir(dir, { recursive: true }).catch((): string[] => []);
      for (const name of names.filter((one) => one.includes('key.pem'))) {
        const info = await stat(join(dir, name)).catch(() => undefined);
        if (info === undefined) continue;
        seen.set(name, (seen.get(name) ?? new Set()).add((info.mode & 0o7777).toString(8)));
      }
      await delay(2);
    }
  })();
  return {
    stop: async () => {
      ended.abort();
      await watching;
      return seen;
    },
  };
}

describe('two hosts without a certificate', () => {
  it('get both trees, with keys that never were readable by others', async () => {
    expect((await pki('create-ca', '--name', 'Test CA', ...passphrase())).code).toBe(0);
    const watches = both.map(watchKeys);
    const run = await pki('deploy', ...uris(), ...passphrase());
    const seen = await Promise.all(watches.map((watch) => watch.stop()));
    expect(run.stderr).not.toMatch(/STOP|could not/i);
    expect(run.code).toBe(0);
    expect(checks(run).toSorted()).toEqual(
      both
        .flatMap((host) => ['pki.keys', 'pki.names', 'pki.served'].map((id) => `${id} ${host}.lab ok`))
        .toSorted(),
    );
    for (const modes of seen) {
      expect([...modes.keys()].filter((name) => name.endsWith('.new'))).toHaveLength(4);
      for (const [name, found] of modes) {
        const final = name.startsWith('qemu/') ? 0o640 : 0o600;
        // "install" opens a file for its owner alone before it gives it its mode.
        const wider = [...found].filter((mode) => (Number.parseInt(mode, 8) & ~final) !== 0);
        expect(wider, name).toEqual([]);
      }
    }
    expect(`${run.stdout}${run.stderr}`).not.toContain('planted-passphrase');
  });

  it.each(both)('hold what the standard tools accept: %s', async (host) => {
    const trees = [
      {
        ca: '/etc/pki/CA/cacert.pem',
        leaves: ['/etc/pki/libvirt/servercert.pem', '/etc/pki/libvirt/clientcert.pem'],
      },
      {
        ca: '/etc/pki/qemu/ca-cert.pem',
        leaves: ['/etc/pki/qemu/server-cert.pem', '/etc/pki/qemu/client-cert.pem'],
      },
    ];
    for (const { ca, leaves } of trees) {
      for (const leaf of leaves) {
        const purpose = leaf.includes('server') ? 'sslserver' : 'sslclient';
        await lab.mustRun(host, ['certtool', '--verify', '--load-ca-certificate', ca, '--infile', leaf]);
        await lab.mustRun(host, [
          'openssl',
          'verify',
          '-x509_strict',
          '-CAfile',
          ca,
          '-purpose',
          purpose,
          leaf,
        ]);
      }
    }
    const files = await lab.mustRun(host, ['find', '/etc/pki', '-name', '*.pem', '-printf', '%P %m %u:%g\n']);
    expect(files.trim().split('\n').toSorted()).toEqual([
      'CA/cacert.pem 644 root:root',
      'libvirt/clientcert.pem 644 root:root',
      'libvirt/private/clientkey.pem 600 root:root',
      'libvirt/private/serverkey.pem 600 root:root',
      'libvirt/servercert.pem 644 root:root',
      'qemu/ca-cert.pem 644 root:root',
      'qemu/client-cert.pem 644 root:root',
      'qemu/client-key.pem 640 root:libvirt-qemu',
      'qemu/server-cert.pem 644 root:root',
      'qemu/server-key.pem 640 root:libvirt-qemu',
    ]);
  });

  it('shake hands in both directions, and move a guest', async () => {
    const run = await pki('validate', ...uris());
    expect(checks(run)).toEqual(handshakes('ok'));
    expect(run.code).toBe(0);
    const [source = '', destination = ''] = uris();
    const moved = await viaduct([
      ...['migrate', 'web01', '--mode', 'native-tls', '--json'],
      ...['--source', source, '--destination', destination],
    ]);
    expect(moved.result).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
  });

  it('get new certificates after the old ones expired and the daemons gave up, and guests go on', async () => {
    const before = await guestLine(lab, 'web01', 'beta');
    const day = 86_400_000;
    for (const host of both) {
      await lab.issueHostCertificates(host, {
        notBefore: new Date(Date.now() - 9 * day),
        notAfter: new Date(Date.now() - day),
      });
      expect((await lab.run(host, ['systemctl', 'restart', 'libvirtd.service'])).exitCode).not.toBe(0);
    }
    const run = await pki('renew', ...uris(), ...passphrase());
    expect(checks(run).toSorted(), run.stdout + run.stderr).toEqual(
      both
        // What expired was of another authority, so the kind of the keys is not kept.
        .flatMap((host) => [
          `pki.key-kind ${host}.lab info`,
          `pki.keys ${host}.lab ok`,
          `pki.served ${host}.lab ok`,
        ])
        .toSorted(),
    );
    expect(run.code).toBe(0);
    expect(checks(await pki('validate', ...uris()))).toEqual(handshakes('ok'));
    await lab.guestGoesOn('beta', 'web01', before);
    for (const host of both) {
      const { lines } = await pki('status', lab.sshUri(host));
      const sightings = lines.filter(({ type, owner }) => type === 'sighting' && owner === `${host}.lab`);
      expect(sightings.filter(({ place }) => place === 'libvirt server').map(({ seen }) => seen)).toEqual(
        expect.arrayContaining(['issued', 'deployed', 'served']),
      );
      expect(sightings.filter(({ isStale, stage }) => isStale === true || stage !== 'fine')).toEqual([]);
    }
  });

  it('move a guest with the new certificates', async () => {
    const before = await guestLine(lab, 'web01', 'beta');
    const moved = await viaduct([
      ...['migrate', 'web01', '--mode', 'native-tls', '--json'],
      ...['--source', lab.sshUri('beta'), '--destination', lab.sshUri('alpha')],
    ]);
    expect(moved.result, moved.stdout).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });

  it('have them read by the proxy of modular daemons', async () => {
    await using undo = new AsyncDisposableStack();
    undo.use(await lab.useModularDaemons('alpha'));
    const run = await pki('renew', lab.sshUri('alpha'), ...passphrase());
    expect(checks(run), run.stdout + run.stderr).toEqual([
      'pki.keys alpha.lab ok',
      'pki.served alpha.lab ok',
    ]);
    expect(checks(await pki('validate', ...uris()))).toEqual(handshakes('ok'));
  });

  it('refuse one that is revoked', async () => {
    const run = await pki('revoke', lab.sshUri('alpha'), ...passphrase());
    expect(checks(run)).toEqual([
      'pki.revoked > ok',
      'pki.served beta.lab ok',
      'pki.control.refused alpha.lab>beta.lab ok',
      'pki.data.refused alpha.lab>beta.lab ok',
    ]);
    expect(run.code).toBe(0);
    const modes = await lab.mustRun('beta', [
      'stat',
      '-c',
      '%a %n',
      '/etc/pki/CA/cacrl.pem',
      '/etc/pki/qemu/ca-crl.pem',
    ]);
    expect(modes).toBe('644 /etc/pki/CA/cacrl.pem\n644 /etc/pki/qemu/ca-crl.pem\n');
    expect((await pki('validate', ...uris())).code).toBe(3);
  });
});

describe('validation', () => {
  // The revocation list of the authority before is still there, and no reason to refuse.
  it.each<[string, CertificateOptions, string | undefined]>([
    ['nothing', {}, undefined],
    ['other names', { names: ['gamma.lab'], addresses: ['203.0.113.9'] }, 'it is for other names'],
    ['another authority', { ca: 'other', trust: 'other' }, 'it is of an authority that is not trusted there'],
    ['another use', { serverUsages: ['client'] }, 'it is not for this use'],
  ])("finds %s in the destination's certificate", async (_what, fault, why) => {
    await lab.issueHostCertificates('alpha', { purposes: ['qemu'] });
    await lab.issueHostCertificates('beta', { purposes: ['qemu'], ...fault });
    const run = await pki('validate', ...uris());
    const found = run.lines.find(({ id, to }) => id === 'pki.data.handshake' && to === 'beta.lab');
    if (why === undefined) {
      expect(found, run.stdout).toMatchObject({ level: 'ok' });
    } else {
      const summary = `alpha.lab to beta.lab, guest's data: alpha.lab does not accept the certificate of beta.lab: ${why}.`;
      expect(found, run.stdout).toMatchObject({
        level: 'error',
        summary,
        remedy: expect.any(String) as string,
      });
      expect(run.code).toBe(3);
    }
  });
});
