import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hosts, Lab } from './lab.ts';
import { expectRunsOn, guestLine } from './support/guest-proof.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

const password = 'planted horse';
const file = '/etc/libvirt/auth.conf';
const foreign = '# kept by hand\n[credentials-admin]\nauthname=root\npassword=foreign horse\n';

let lab: Lab;
let home: string;
let logins: AsyncDisposable | undefined;

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  home = await mkdtemp(join(tmpdir(), 'viaduct-login-'));
  const rules = { auth_tls: 'sasl', mechanisms: ['scram-sha-256'], users: { mover: password } } as const;
  logins = await lab.setLogins('beta', 'libvirtd', rules, ['tls']);
  await lab.mustRun('alpha', ['tee', file], { stdin: foreign });
  await lab.mustRun('alpha', ['chmod', '640', file]);
});
afterAll(async () => {
  await lab.mustRun('alpha', ['rm', '-f', file]);
  await logins?.[Symbol.asyncDispose]();
  await rm(home, { recursive: true });
  await lab.reset();
});

const run = (args: readonly string[]): Promise<ViaductRun> =>
  viaduct([...args, '--json'], { environment: { VIADUCT_HOME: home } });

const peerToPeer = (command: 'preflight' | 'migrate'): Promise<ViaductRun> =>
  run([
    ...[command, 'web01', '--control', 'p2p'],
    ...['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')],
  ]);

async function prepare(secret: string): Promise<ViaductRun> {
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, `${secret}\n`, { mode: 0o600 });
  const login = ['--migration-user', 'mover', '--migration-password-file', passwordFile];
  const rest = ['--migration-peer', hosts.beta.fqdn, '--no-listener', '--no-firewall', '--yes'];
  return run(['host', 'prepare', lab.sshUri('alpha'), ...login, ...rest]);
}

const stateOfFile = async (): Promise<string> =>
  `${await lab.mustRun('alpha', ['stat', '-c', '%a %U', file])}${await lab.mustRun('alpha', ['cat', file])}`;

async function journals(): Promise<string> {
  const folder = join(home, 'setup');
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith('.ndjson'));
  return (await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}

describe('a login for migrations alone', () => {
  it('is put on the source, used by its daemon, and taken back to the byte', async () => {
    const before = await stateOfFile();
    const without = await peerToPeer('preflight');
    expect(without.code, without.stderr).toBe(3);
    const found = without.lines.find(({ id }) => id === 'control.login.sasl');
    expect(found?.['remedy']).toContain(`--migration-peer ${hosts.beta.fqdn}`);

    const prepared = await prepare(password);
    expect(prepared.result, prepared.stderr).toMatchObject({ outcome: 'prepared' });
    const change = prepared.lines.find((line) => line['file'] === file);
    expect(change?.['diff']).toContain('+password=********');
    const text = await stateOfFile();
    expect(text.startsWith('600 root\n')).toBe(true);
    expect(text).toContain(foreign);
    expect(text).toContain(`[auth-libvirt-${hosts.beta.fqdn}]`);
    for (const told of [prepared.stdout, prepared.stderr, await journals()]) {
      expect(told).not.toMatch(/planted horse|foreign horse/);
    }

    const line = await guestLine(lab, 'web01', 'alpha');
    const moved = await peerToPeer('migrate');
    expect(moved.result, moved.stderr).toMatchObject({ outcome: 'migrated', control: 'p2p' });
    const between = moved.lines.find(({ name }) => name === 'control between the daemons');
    expect(between?.['by']).toMatch(/by credentials \(SASL\)$/);
    await expectRunsOn(lab, 'beta', 'web01', line);

    const undone = await run(['host', 'undo', lab.sshUri('alpha'), '--yes']);
    expect(undone.result, undone.stderr).toMatchObject({ outcome: 'undone' });
    expect(await stateOfFile()).toBe(before);
    expect(await lab.mustRun('alpha', ['ls', '/etc/libvirt'])).not.toContain('.viaduct-');
  });

  it('with another password than the destination knows is told apart, with the command that mends it', async () => {
    // A reset would take the destination's login rules away.
    const ends = ['--source', lab.sshUri('beta'), '--destination', lab.sshUri('alpha')];
    expect((await run(['migrate', 'web01', ...ends])).result).toMatchObject({ outcome: 'migrated' });
    expect((await prepare('wrong horse')).result).toMatchObject({ outcome: 'prepared' });
    const refused = await peerToPeer('preflight');
    expect(refused.code, refused.stderr).toBe(3);
    const cause = refused.lines.find(({ id }) => id === 'control.login.sasl-password');
    expect(cause?.['remedy']).toContain('viaduct host prepare --migration-user');
    expect((await prepare(password)).result).toMatchObject({ outcome: 'prepared' });
    expect((await peerToPeer('preflight')).code).toBe(0);
    for (let setup = 0; setup < 2; setup += 1) {
      expect((await run(['host', 'undo', lab.sshUri('alpha'), '--yes'])).code).toBe(0);
    }
  });
});
