import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hosts, Lab, type HostName } from './lab.ts';
import { authorityDir } from './pki.ts';
import { expectRunsOn, guestLine, otherHost } from './support/guest-proof.ts';
import { viaduct, type ViaductOptions, type ViaductRun } from './support/viaduct.ts';

/*
 * The source's own client certificate is taken away from both hosts: whatever gets in does so with a certificate that
 * was made for one migration.
 */

const both: readonly HostName[] = ['alpha', 'beta'];
const authority = 'Lab';
let lab: Lab;
let folder: string;
let home: string;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  folder = await mkdtemp(join(tmpdir(), 'viaduct-once-'));
  home = join(folder, 'home');
  await writeFile(join(folder, 'passphrase'), 'planted-passphrase\n', { mode: 0o600 });
  await importAuthority('lab', authority);
  for (const host of both) await lab.mustRun(host, ['rm', '-f', ...ownCertificate]);
});
afterAll(async () => {
  for (const host of both) await lab.restoreHostCertificates(host);
  await rm(folder, { recursive: true, force: true });
});
const cleaning: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).reverse()) await clean();
});

const ownCertificate = ['/etc/pki/libvirt/clientcert.pem', '/etc/pki/libvirt/private/clientkey.pem'];
const passphrase = () => ['--passphrase-file', join(folder, 'passphrase')];

async function importAuthority(of: 'lab' | 'other', name: string): Promise<void> {
  const dir = await authorityDir(of);
  const files = ['--certificate', join(dir, 'ca-cert.pem'), '--key', join(dir, 'ca-key.pem')];
  const run = await cli(['pki', 'import-ca', '--name', name, ...files, ...passphrase()]);
  expect(run.code, run.stderr).toBe(0);
}

const cli = (args: readonly string[], options: ViaductOptions = {}): Promise<ViaductRun> =>
  viaduct(args, { ...options, environment: { VIADUCT_HOME: home } });
const identity = (ca = authority) => ['--one-time-identity', '--ca', ca, ...passphrase()];
const ends = (from: HostName) => [
  ...['web01', '--json', '--source', lab.sshUri(from)],
  ...['--destination', lab.sshUri(otherHost(from))],
];
const move = (from: HostName, args: readonly string[], options?: ViaductOptions): Promise<ViaductRun> =>
  cli(['migrate', ...ends(from), ...args], options);

/** Files of identities, and what the programs and transactions of Viaduct may leave beside. */
async function leftOvers(host: HostName): Promise<string> {
  const { stdout } = await lab.run(host, ['find', '/run', '/etc/pki', '/etc/libvirt', '-name', '*viaduct-*']);
  return stdout.replace('/run/viaduct-setup.lock\n', '');
}

async function expectClean(): Promise<void> {
  for (const host of both) expect(await leftOvers(host), `left on ${host}`).toBe('');
}

const ledger = async () => {
  const text = await readFile(join(home, 'pki', authority, 'ledger.ndjson'), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

const streamBetween = ({ lines }: ViaductRun) =>
  lines.find(({ type, name }) => type === 'stream' && name === 'control between the daemons');

describe('a certificate for one migration lets the source’s daemon in', () => {
  it('which has none of its own', async () => {
    const run = await move('alpha', ['--control', 'p2p']);
    expect(run.result).toMatchObject({ outcome: 'refused', error: { code: 'control.login.files' } });
    expect(run.code).toBe(3);
  });

  it.each<[string, HostName, string[]]>([
    ['through a tunnel', 'alpha', ['--mode', 'tunnelled']],
    ['and back through a tunnel', 'beta', ['--mode', 'tunnelled']],
    ['over native TLS', 'alpha', ['--control', 'p2p']],
  ])('%s', async (_what, from, args) => {
    const before = await guestLine(lab, 'web01', from);
    const source = hosts[from].fqdn;
    let seen: Promise<string> | undefined;
    const run = await move(from, [...args, ...identity()], {
      onLine: (line) => {
        if (line.type === 'phase')
          seen ??= lab.mustRun(from, [
            'sh',
            '-c',
            'stat -c "%a %u %g %n" /run/viaduct-once-* /run/viaduct-once-*/*',
          ]);
      },
    });
    expect(run.result, run.stderr).toMatchObject({
      outcome: 'migrated',
      runningOn: 'destination',
      control: 'p2p',
    });
    expect(run.result?.['leftBehind']).toBeUndefined();
    const by = expect.stringContaining(`lets it in as CN=viaduct-once.${source}`) as string;
    expect(streamBetween(run)).toMatchObject({ encrypted: true, authenticated: true, by });
    const files = (await seen)?.replaceAll(/viaduct-once-[0-9a-f]{24}/g, 'F').split('\n') ?? [];
    expect(files).toEqual(
      expect.arrayContaining([
        '700 0 0 /run/F',
        '600 0 0 /run/F/clientkey.pem',
        '644 0 0 /run/F/clientcert.pem',
        '644 0 0 /run/F/cacert.pem',
      ]),
    );
    await expectRunsOn(lab, otherHost(from), 'web01', before);
    await expectClean();
    const last = (await ledger()).at(-1);
    expect(last).toMatchObject({ type: 'one-time', host: source, commonName: `viaduct-once.${source}` });
    const lifeMs = Date.parse(String(last?.['notAfter'])) - Date.parse(String(last?.['at']));
    expect(lifeMs).toBeLessThanOrEqual(15 * 60_000);
  });

  it('and is removed when the move is cancelled, and when our connections to the source are cut', async () => {
    const before = await guestLine(lab, 'web01', 'beta');
    let cut: Promise<unknown> | undefined;
    let stopped = false;
    const run = await move('beta', ['--control', 'p2p', '--bandwidth', '60', ...identity()], {
      onLine: (line, interrupt) => {
        if (line.type !== 'progress') return;
        cut ??= lab.killProcess('beta', /sshd: root/);
        if (Number(line['percent']) < 30 || stopped) return;
        stopped = true;
        interrupt();
      },
    });
    expect(run.result, run.stderr).toMatchObject({ outcome: 'cancelled', runningOn: 'source' });
    expect(run.result?.['leftBehind']).toBeUndefined();
    await expectClean();
    await expectRunsOn(lab, 'beta', 'web01', before);
  });

  it('to no longer than it is looked at: a preflight makes none', async () => {
    const entries = (await ledger()).length;
    const run = await cli(['preflight', ...ends('beta'), '--control', 'p2p', ...identity()]);
    expect(run.code, run.stderr).toBe(0);
    const found = run.lines.find(({ id }) => id === 'control.login');
    expect(found).toMatchObject({
      level: 'info',
      summary: expect.stringContaining('right before the move') as string,
    });
    expect(await ledger()).toHaveLength(entries);
    await expectClean();
  });
});

describe('where it would not, that is told before anything is made', () => {
  const config = '/etc/libvirt/libvirtd.conf';
  const put = async (text: string): Promise<void> => {
    await lab.mustRun('alpha', ['tee', config], { stdin: text });
    await lab.mustRun('alpha', ['systemctl', 'restart', 'libvirtd.service']);
  };

  it('as when its name is not on the list of the destination; on it, it gets in', async () => {
    const before = await guestLine(lab, 'web01', 'beta');
    const conf = await lab.mustRun('alpha', ['cat', config]);
    cleaning.push(() => put(conf));
    await put(`tls_allowed_dn_list = ["CN=beta.lab"]\n${conf}`);
    const entries = (await ledger()).length;
    const refused = await move('beta', ['--control', 'p2p', ...identity()]);
    expect(refused.code).toBe(3);
    expect(refused.result).toMatchObject({
      outcome: 'refused',
      error: {
        code: 'control.login.allow-list',
        remedy: expect.stringContaining('Add "CN=viaduct-once.beta.lab" to tls_allowed_dn_list') as string,
      },
    });
    expect(await ledger()).toHaveLength(entries);
    await expectClean();
    await put(`tls_allowed_dn_list = ["CN=viaduct-once.*"]\n${conf}`);
    const moved = await move('beta', ['--control', 'p2p', ...identity()]);
    expect(moved.result, moved.stderr).toMatchObject({ outcome: 'migrated' });
    await expectRunsOn(lab, 'alpha', 'web01', before);
    await expectClean();
  });

  it('as when the destination does not trust the authority', async () => {
    await importAuthority('other', 'Other');
    const run = await cli(['preflight', ...ends('alpha'), '--control', 'p2p', ...identity('Other')]);
    expect(run.code).toBe(3);
    const errors = run.lines.filter(({ level }) => level === 'error').map(({ id }) => id);
    expect(errors).toEqual(['control.login.certificate']);
  });

  it('or at the start, with all of it removed, when only the login itself can tell', async () => {
    const before = await guestLine(lab, 'web01', 'alpha');
    const rules = { auth_tls: 'sasl', mechanisms: ['scram-sha-256'] } as const;
    const logins = await lab.setLogins('beta', 'libvirtd', rules, ['tls']);
    cleaning.push(() => Promise.resolve(logins[Symbol.asyncDispose]()));
    const run = await move('alpha', ['--mode', 'tunnelled', ...identity()]);
    expect(run.code, run.stderr).toBe(3);
    expect(run.result).toMatchObject({
      outcome: 'refused',
      runningOn: 'source',
      error: { code: 'control.login.sasl', phase: 'preflight' },
    });
    expect(run.lines.some(({ type }) => type === 'phase')).toBe(false);
    await expectClean();
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });
});
