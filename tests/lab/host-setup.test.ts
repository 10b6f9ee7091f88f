import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HostRightsError } from '../../electron/common/host/host-errors.ts';
import { RootShell } from '../../electron/common/host/root-shell.ts';
import { noSudoPrompts, type SudoPrompts } from '../../electron/common/host/sudo-prompts.ts';
import { ManagedHost } from '../../electron/hosts/managed-host.ts';
import { HostSetup } from '../../electron/setup/host-setup.ts';
import { defaultWishes } from '../../electron/setup/plan/setup-plan.ts';
import { noPrompts } from '../../electron/ssh/prompts.ts';
import { hosts, Lab, waitFor } from './lab.ts';
import { makeBare, stateOf } from './support/bare-host.ts';
import { guestLine } from './support/guest-proof.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

const password = 'planted secret of the operator';

let lab: Lab;
let home: string;
let shadow: string;

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  shadow = (await lab.mustRun('alpha', ['getent', 'shadow', 'operator'])).split(':')[1] ?? '!';
});
afterAll(() => lab.mustRun('alpha', ['usermod', '-p', shadow, 'operator']));

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'viaduct-setup-'));
  await makeBare(lab, 'alpha');
});
afterEach(() => rm(home, { recursive: true }));

const stateOfAlpha = () => stateOf(lab, 'alpha');

function host(args: readonly string[], onLine?: Parameters<typeof viaduct>[1]): Promise<ViaductRun> {
  return viaduct(['host', ...args, '--json'], { ...onLine, environment: { VIADUCT_HOME: home } });
}

function reaches(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 1500 });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', settle(true)).on('error', settle(false)).on('timeout', settle(false));
  });
}

describe('a bare host', () => {
  it('is prepared while its guests run, found prepared, and undone to the byte', async () => {
    const before = await stateOfAlpha();
    const guest = await guestLine(lab, 'web01', 'alpha');
    const inspected = await host(['inspect', lab.sshUri('alpha')]);
    expect(inspected.lines[0]).toMatchObject({
      tls: { listening: false, enabledAtBoot: false },
      firewall: { kind: 'nftables' },
      guests: { count: 2 },
      qemuAccount: { user: 'libvirt-qemu' },
    });

    const refused = await host(['prepare', lab.sshUri('alpha'), lab.sshUri('beta')]);
    expect(refused.code, refused.stderr).toBe(3);
    expect(refused.stderr).toContain('--yes');
    expect(await stateOfAlpha()).toEqual(before);

    const run = await host(['prepare', lab.sshUri('alpha'), lab.sshUri('beta'), '--yes']);
    expect(run.code, run.stderr).toBe(0);
    const titles = run.lines.filter(({ type, host }) => type === 'change' && host === 'alpha.lab');
    expect(titles).toHaveLength(4);
    await lab.guestGoesOn('alpha', 'web01', guest);
    expect(await lab.mustRun('beta', ['virsh', '-c', 'qemu+tls://alpha.lab/system', 'hostname'])).toMatch(
      /alpha/,
    );
    expect(await reaches(hosts.alpha.address, 16_514), 'who is no peer').toBe(false);

    // What was written for the next boot is what the kernel has now.
    await lab.mustRun('alpha', ['nft', '--check', '-f', '/etc/nftables.conf']);
    const again = await host(['prepare', lab.sshUri('alpha'), lab.sshUri('beta'), '--yes']);
    expect(again.result, again.stderr).toMatchObject({ outcome: 'unchanged' });

    const undone = await host(['undo', lab.sshUri('alpha'), '--yes']);
    expect(undone.code, undone.stderr).toBe(0);
    expect(await stateOfAlpha()).toEqual(before);
    await lab.guestGoesOn('alpha', 'web01', guest);
    expect((await host(['undo', lab.sshUri('beta'), '--yes'])).code).toBe(0);
  });

  it('listens although clients wake its daemon as soon as it was stopped', async () => {
    const before = await stateOfAlpha();
    await lab.mustRun('alpha', ['touch', '/run/clients']);
    const client = 'while [ -e /run/clients ]; do virsh list >/dev/null 2>&1; done';
    const clients = [1, 2, 3].map(() => lab.mustRun('alpha', ['sh', '-c', client], { timeoutMs: 240_000 }));
    const run = await host(['prepare', lab.sshUri('alpha'), '--peer', hosts.beta.address, '--yes']);
    await lab.mustRun('alpha', ['rm', '/run/clients']);
    await Promise.all(clients);
    expect(run.code, run.stderr).toBe(0);
    const sockets = ['libvirtd', 'libvirtd-ro', 'libvirtd-admin', 'libvirtd-tls'].map(
      (name) => `${name}.socket`,
    );
    await lab.mustRun('alpha', ['systemctl', 'is-active', ...sockets]);
    expect((await host(['undo', lab.sshUri('alpha'), '--yes'])).code).toBe(0);
    expect(await stateOfAlpha()).toEqual(before);
  });

  it('is as before when its daemon does not start with a certificate that is there, but bad', async () => {
    const before = await stateOfAlpha();
    const expired = { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') };
    await lab.issueHostCertificates('alpha', { purposes: ['libvirt'], ...expired });
    const bad = await stateOfAlpha();
    const run = await host(['prepare', lab.sshUri('alpha'), '--peer', hosts.beta.address, '--yes']);
    expect(run.code, run.stderr).toBe(4);
    expect(run.result).toMatchObject({ outcome: 'failed' });
    expect(await stateOfAlpha()).toEqual({ ...bad, units: before.units });
    await lab.restoreHostCertificates('alpha');
    await lab.virsh('alpha', ['list', '--name']);
  });
});

describe('an SSH session that is killed', () => {
  it.each([1, 2, 3, 4])('at change %i: the daemon starts; going on and undoing both work', async (at) => {
    const before = await stateOfAlpha();
    const guest = await guestLine(lab, 'web01', 'alpha');
    const args = ['prepare', lab.sshUri('alpha'), '--peer', hosts.beta.address, '--yes'];
    let cut: Promise<number> | undefined;
    const run = await host(args, {
      onLine: ({ type, number, direction }) => {
        if (type !== 'step' || number !== at || direction !== 'apply') return;
        cut ??= lab.killProcess('alpha', /^sshd: root@notty/);
      },
    });
    expect(await cut).toBeGreaterThan(0);
    expect([0, 6], run.stderr).toContain(run.code);
    await waitFor(
      'nothing of the setup runs on',
      async () =>
        (await lab.run('alpha', ['flock', '-n', '/run/viaduct-setup.lock', 'true'])).exitCode === 0 ||
        undefined,
      { timeoutMs: 30_000 },
    );
    await lab.virsh('alpha', ['list', '--name']);
    await lab.guestGoesOn('alpha', 'web01', guest);
    if (at % 2 === 0) {
      const resumed = await host(args);
      expect(resumed.code, resumed.stderr).toBe(0);
      expect((await host(args)).result).toMatchObject({ outcome: 'unchanged' });
    }
    const undone = await host(['undo', lab.sshUri('alpha'), '--yes']);
    expect(undone.code, undone.stderr).toBe(0);
    expect(await stateOfAlpha()).toEqual(before);
  });
});

describe('a user who is not root', () => {
  const asOperator = () =>
    new ManagedHost(lab.sshUri('alpha', 'operator'), { home, prompts: noPrompts, readOnly: false });

  function answering(...answers: string[]): SudoPrompts & { asked: number } {
    const prompts = {
      interactive: true,
      asked: 0,
      askSudoPassword: () => Promise.resolve(answers[prompts.asked++]),
    };
    return prompts;
  }

  async function allow(rule: string): Promise<void> {
    await lab.mustRun('alpha', ['tee', '/etc/sudoers.d/operator'], { stdin: `${rule}\n` });
    await lab.mustRun('alpha', ['chmod', '0440', '/etc/sudoers.d/operator']);
    await lab.mustRun('alpha', ['chpasswd'], { stdin: `operator:${password}\n` });
  }

  afterEach(async () => {
    await lab.mustRun('alpha', ['rm', '-f', '/etc/sudoers.d/operator']);
  });

  it('is told what is missing, and nothing is touched', async () => {
    const run = await host(['prepare', lab.sshUri('alpha', 'operator'), '--yes']);
    expect(run.code, run.stderr).toBe(3);
    expect(run.lines.find(({ level }) => level === 'obstacle')).toMatchObject({ code: 'rights' });
    const rights = await rightsOf(answering(password, password, password));
    expect(rights).toBeInstanceOf(HostRightsError);
  });

  async function rightsOf(prompts: SudoPrompts): Promise<unknown> {
    const managed = asOperator();
    try {
      const shell = await managed.shell();
      if (!shell) throw new Error('no shell');
      return await RootShell.open(shell, 'alpha.lab', prompts).catch((error: unknown) => error);
    } finally {
      await managed.close();
    }
  }

  it('prepares with the password that sudo asks for, which stays nowhere', async () => {
    await allow('operator ALL=(root) ALL');
    const before = await stateOfAlpha();
    expect(await rightsOf(noSudoPrompts)).toMatchObject({ code: 'host-rights' });
    const managed = asOperator();
    try {
      const setup = new HostSetup(home, managed);
      const prompts = answering('not it', password, password, password);
      const inspection = await setup.inspect({ prompts });
      expect(inspection.facts.login).toEqual({ privilege: 'sudo-password' });
      const plan = setup.plan(inspection, {
        ...defaultWishes,
        peers: [hosts.beta.address, hosts.beta.address6],
      });
      expect(await setup.apply(plan, { prompts })).toEqual({ outcome: 'applied' });
      expect(await reaches(hosts.alpha.address, 22)).toBe(true);
      expect(await lab.mustRun('beta', ['virsh', '-c', 'qemu+tls://alpha.lab/system', 'hostname'])).toMatch(
        /alpha/,
      );
      expect(await setup.undo({ prompts })).toMatchObject({ outcome: 'rolled-back', why: 'asked' });
      expect(prompts.asked).toBe(4);
    } finally {
      await managed.close();
    }
    expect(await stateOfAlpha()).toEqual(before);
    const written = await readdir(home, { recursive: true, withFileTypes: true });
    for (const entry of written.filter((one) => one.isFile())) {
      expect(await readFile(join(entry.parentPath, entry.name), 'utf8')).not.toContain(password);
    }
    const logged = await lab.mustRun('alpha', ['journalctl', '--no-pager', '--quiet']);
    expect(logged).toContain('viaduct');
    expect(logged).not.toContain(password);
    expect((await lab.run('alpha', ['grep', '-rlF', password, '/etc', '/run', '/tmp'])).stdout).toBe('');
  });

  it('prepares without a password where sudo wants none', async () => {
    await allow('operator ALL=(root) NOPASSWD: ALL');
    const uri = lab.sshUri('alpha', 'operator');
    const run = await host(['prepare', uri, '--peer', hosts.beta.address, '--yes']);
    expect(run.code, run.stderr).toBe(0);
    expect((await host(['undo', uri, '--yes'])).code).toBe(0);
  });
});
