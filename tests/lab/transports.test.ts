import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Lab, waitFor } from './lab.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

const forbidding = '/etc/ssh/sshd_config.d/forbid-forwarding.conf';
const helper = '/usr/bin/virt-ssh-helper';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
afterEach(async () => {
  await lab.mustRun('alpha', ['rm', '-f', forbidding]);
  await lab.run('alpha', ['mv', `${helper}.hidden`, helper]);
  await reloadSshd();
});

async function reloadSshd(): Promise<void> {
  await lab.mustRun('alpha', ['systemctl', 'reload', 'ssh']);
  await waitFor(
    'sshd of alpha answers',
    async () => (await lab.run('alpha', ['sshd', '-t'])).exitCode === 0 || undefined,
    { timeoutMs: 10_000 },
  );
}

async function forbidForwarding(): Promise<void> {
  await lab.mustRun('alpha', ['tee', forbidding], { stdin: 'AllowStreamLocalForwarding no\n' });
  await reloadSshd();
}

function expectGuests(run: ViaductRun): void {
  expect(run.stderr).not.toMatch(/\n\s+at /);
  expect(run.code, run.stderr).toBe(0);
  expect(run.lines.map(({ name }) => name)).toEqual(['db01', 'web01']);
}

describe('the ways to a daemon', () => {
  it('ssh as root forwards to its socket, and has nothing to remark', async () => {
    const run = await viaduct(['guests', lab.sshUri('alpha'), '--json']);
    expectGuests(run);
    expect(run.stderr).toBe('');
  });

  it('ssh as a member of the group libvirt', async () => {
    expectGuests(await viaduct(['guests', lab.sshUri('alpha', 'operator'), '--json']));
  });

  it('tls with both certificates', async () => {
    expectGuests(await viaduct(['guests', lab.tlsUri('alpha'), '--json']));
  });

  it('virt-ssh-helper where the server forbids forwarding, and says so', async () => {
    await forbidForwarding();
    const run = await viaduct(['guests', lab.sshUri('alpha'), '--json']);
    expectGuests(run);
    expect(run.stderr).toMatch(/alpha\.lab: .*forward/);
  });

  it('netcat where virt-ssh-helper is missing as well, and says both', async () => {
    await forbidForwarding();
    await lab.mustRun('alpha', ['mv', helper, `${helper}.hidden`]);
    const run = await viaduct(['guests', lab.sshUri('alpha'), '--json']);
    expectGuests(run);
    expect(run.stderr).toMatch(/forward/);
    expect(run.stderr).toContain('virt-ssh-helper');
  });
});
