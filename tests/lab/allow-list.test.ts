import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Lab, type HostName } from './lab.ts';
import { guestLine } from './support/guest-proof.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

vi.setConfig({ testTimeout: 90_000 });

const both: readonly HostName[] = ['alpha', 'beta'];
let lab: Lab;
let folder: string;

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  folder = await mkdtemp(join(tmpdir(), 'viaduct-allow-list-'));
  await writeFile(join(folder, 'passphrase'), 'planted-passphrase\n', { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<ViaductRun> =>
  viaduct([...args, '--json'], { environment: { VIADUCT_HOME: join(folder, 'home') } });
const prepare = (...hosts: HostName[]): Promise<ViaductRun> =>
  run(
    'host',
    'prepare',
    ...hosts.map((host) => lab.sshUri(host)),
    '--allow-only-known',
    '--no-firewall',
    '--yes',
  );

/** What virsh on one host says when it connects to the other over TLS, as a peer-to-peer migration would. */
async function connects(from: HostName, to: HostName): Promise<boolean> {
  const { exitCode } = await lab.run(from, ['virsh', '-c', `qemu+tls://${to}.lab/system`, 'hostname']);
  return exitCode === 0;
}

function etcOfAlpha(): Promise<string> {
  const tar = 'tar --create --sort=name --mtime=@0 --numeric-owner --directory=/ etc | sha256sum';
  return lab.mustRun('alpha', ['sh', '-c', tar]);
}

describe('letting in only known clients', () => {
  it('shuts out a peer that is not named, and tells so before', async () => {
    const passphrase = ['--passphrase-file', join(folder, 'passphrase')];
    expect((await run('pki', 'create-ca', '--name', 'Test CA', ...passphrase)).code).toBe(0);
    const uris = both.map((host) => lab.sshUri(host));
    expect((await run('pki', 'deploy', ...uris, ...passphrase)).code).toBe(0);
    expect(await connects('beta', 'alpha'), 'before').toBe(true);
    const before = await etcOfAlpha();
    const guest = await guestLine(lab, 'web01', 'alpha');

    const alone = await prepare('alpha');
    expect(alone.result, alone.stderr).toMatchObject({ outcome: 'prepared' });
    const warnings = alone.lines.filter(({ level }) => level === 'warning');
    expect(warnings.find(({ code }) => code === 'allow-list-shut-out')?.['message']).toContain('beta.lab');
    expect(await lab.mustRun('alpha', ['cat', '/etc/libvirt/libvirtd.conf'])).toMatch(
      /^tls_allowed_dn_list = \[ "CN=alpha\.lab" \]$/m,
    );
    expect(await connects('beta', 'alpha'), 'not on the list').toBe(false);
    expect(await connects('alpha', 'beta'), 'the other way').toBe(true);

    const together = await prepare('alpha', 'beta');
    expect(together.result, together.stderr).toMatchObject({ outcome: 'prepared' });
    expect(await connects('beta', 'alpha'), 'on the list').toBe(true);
    expect((await prepare('alpha', 'beta')).result).toMatchObject({ outcome: 'unchanged' });

    for (const uri of [lab.sshUri('alpha'), lab.sshUri('alpha'), lab.sshUri('beta')]) {
      expect((await run('host', 'undo', uri, '--yes')).result).toMatchObject({ outcome: 'undone' });
    }
    expect(await etcOfAlpha()).toBe(before);
    expect(await connects('beta', 'alpha'), 'undone').toBe(true);
    await lab.guestGoesOn('alpha', 'web01', guest);
  });
});
