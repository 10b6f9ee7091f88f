import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { Password } from '../../../electron/common/password.ts';
import { findCredentials } from '../../../electron/libvirt/auth/auth-conf.ts';
import { HostSetup } from '../../../electron/setup/host-setup.ts';
import { authConfPaths } from '../../../electron/setup/plan/plan-migration-login.ts';
import { defaultWishes, type SetupPlan } from '../../../electron/setup/plan/setup-plan.ts';
import { SimulatedHost } from './simulated/simulated-host.ts';

const options = { prompts: noSudoPrompts };
const secret = 'pl4nted-secret';
const path = authConfPaths.system;
const foreign = '[credentials-admin]\nauthname=root\npassword=foreign-secret\n';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** Only the credentials are wished for; the rest is as it should be. */
async function planOf(host: SimulatedHost, password = secret): Promise<SetupPlan> {
  const setup = new HostSetup(home, host);
  const migrationLogin = { user: 'mover', password: new Password(password), destinations: ['beta.lab'] };
  const inspection = await setup.inspect(options, Object.values(authConfPaths));
  return setup.plan(inspection, { ...defaultWishes, listener: false, firewall: false, migrationLogin });
}

function preparedHost(): SimulatedHost {
  const host = new SimulatedHost();
  host.write(
    '/etc/libvirt/qemu.conf',
    'default_tls_x509_cert_dir = "/etc/pki/qemu"\ndefault_tls_x509_verify = 1\n',
    0o600,
  );
  return host;
}

const modeOf = (host: SimulatedHost) => statSync(join(host.root, path)).mode & 0o777;
const journalsOf = (host: SimulatedHost) => {
  const folder = join(home, 'setup', host.name);
  return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
};

describe('credentials for migrations', () => {
  it.each([
    ['where there is no file', undefined],
    ['beside those of others', foreign],
  ])('%s: are planned, put, found, and undone to the byte', async (_where, text) => {
    using host = preparedHost();
    if (text !== undefined) host.write(path, text, 0o644);
    const before = host.state();
    const setup = new HostSetup(home, host);
    const plan = await planOf(host);
    expect(plan.changes.map(({ title }) => title)).toEqual([`Log in as mover at beta.lab (${path})`]);
    expect(plan.afterwards).toEqual([expect.stringContaining('saslpasswd2 -a libvirt mover')]);
    expect(host.state(), 'a plan touches nothing').toEqual(before);

    expect(await setup.apply(plan, options)).toEqual({ outcome: 'applied' });
    expect(modeOf(host)).toBe(0o600);
    expect(host.read(path).startsWith(text ?? '')).toBe(true);
    expect(findCredentials(path, host.read(path), 'beta.lab')).toMatchObject({
      user: 'mover',
      password: secret,
    });
    expect(await planOf(host)).toMatchObject({ changes: [], afterwards: [] });
    expect((await planOf(host, 'another')).changes).toHaveLength(1);

    expect(await setup.undo(options)).toMatchObject({ outcome: 'rolled-back', why: 'asked' });
    expect(host.state()).toEqual(before);
  });

  it('stay out of the plan, the journal and every command line', async () => {
    using host = preparedHost();
    host.write(path, foreign, 0o600);
    const plan = await planOf(host);
    await new HostSetup(home, host).apply(plan, options);
    const journals = journalsOf(host);
    expect(journals).toHaveLength(1);
    const told = [
      JSON.stringify(plan),
      ...plan.changes.map(({ diff }) => diff),
      ...journals,
      ...host.ran.flat(),
    ];
    for (const text of told) expect(text).not.toMatch(/pl4nted-secret|foreign-secret/);
    expect(plan.changes[0]?.diff).toContain('+password=********');
  });

  it('leave no digest by which a password could be tried: each plan of the same has another', async () => {
    using host = preparedHost();
    const digests = [await planOf(host), await planOf(host)].map(({ changes }) =>
      changes.map(({ step }) => step.kind === 'file' && step.after),
    );
    expect(digests[0]).not.toEqual(digests[1]);
  });

  it('are kept nowhere, so a setup that was cut off before them is taken back and says why', async () => {
    using twin = preparedHost();
    await new HostSetup(home, twin).apply(await planOf(twin), options);
    const put = twin.ran.findIndex((argv) => argv.includes('put')) + 1;
    rmSync(join(home, 'setup'), { recursive: true });
    using host = preparedHost();
    const before = host.state();
    const plan = await planOf(host);
    host.cut = { command: put, where: 'before' };
    await expect(new HostSetup(home, host).apply(plan, options)).rejects.toMatchObject({
      code: 'setup-interrupted',
    });
    host.reconnect();
    expect(await new HostSetup(home, host).resume(options)).toMatchObject({
      ...{ outcome: 'rolled-back', why: 'failed' },
      error: expect.stringContaining('has a password in it, which is kept nowhere') as string,
    });
    expect(host.state()).toEqual(before);
  });

  it.each([
    ['a file that libvirt takes instead', authConfPaths.root, foreign, 'auth-conf-of-root'],
    ['a file that cannot be read', path, 'password=foreign-secret\n', 'auth-conf-broken'],
  ])('are not put beside %s', async (_what, where, text, code) => {
    using host = preparedHost();
    host.write(where, text, 0o600);
    const { obstacles } = await planOf(host);
    expect(obstacles.map((note) => note.code)).toEqual([code]);
    expect(JSON.stringify(obstacles)).not.toContain('foreign-secret');
  });

  it('in a file that others can read are said to be seen', async () => {
    using host = preparedHost();
    host.write(path, foreign, 0o644);
    expect((await planOf(host)).warnings).toMatchObject([
      { code: 'auth-conf-exposed', remedy: expect.stringContaining('root’s alone') as string },
    ]);
  });

  it('are read of a host only where they are wished for', async () => {
    using host = preparedHost();
    host.write(path, foreign, 0o600);
    const { files } = await new HostSetup(home, host).inspect(options);
    expect([...files.keys()]).not.toContain(path);
  });
});
