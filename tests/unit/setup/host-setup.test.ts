import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noSudoPrompts } from '../../../electron/common/host/sudo-prompts.ts';
import { HostSetup } from '../../../electron/setup/host-setup.ts';
import { defaultWishes, type SetupPlan } from '../../../electron/setup/plan/setup-plan.ts';
import { type Cut, LinkLost, SimulatedHost } from './simulated/simulated-host.ts';

const options = { prompts: noSudoPrompts };
const wishes = { ...defaultWishes, peers: ['198.51.100.12', 'fd76::12'] };
const nova = '[DEFAULT]\ntransport_url = rabbit://planted-secret\n[libvirt]\nvirt_type = kvm\n';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'viaduct-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function bareHost(): SimulatedHost {
  const host = new SimulatedHost();
  host.hasFirewall();
  host.write('/etc/nova/nova.conf', nova, 0o640);
  return host;
}

async function planOf(host: SimulatedHost): Promise<SetupPlan> {
  const setup = new HostSetup(home, host);
  return setup.plan(await setup.inspect(options), wishes);
}

describe('a bare host', () => {
  it('is planned, prepared, found prepared, and undone to the byte', async () => {
    using host = bareHost();
    const before = host.state();
    const setup = new HostSetup(home, host);
    const plan = await planOf(host);
    expect(plan.obstacles).toEqual([]);
    expect(plan.changes.map(({ title }) => title)).toEqual([
      'Encrypt and verify migrations (/etc/libvirt/qemu.conf)',
      'Let OpenStack migrate over TLS (/etc/nova/nova.conf)',
      'Let the peers in (ufw)',
      'Listen for TLS on port 16514',
    ]);
    expect(host.state()).toEqual(before);

    expect(await setup.apply(plan, options)).toEqual({ outcome: 'applied' });
    expect(host.read('/etc/libvirt/qemu.conf')).toContain(
      '#default_tls_x509_verify = 1\ndefault_tls_x509_verify = 1\n',
    );
    expect(host.read('/etc/nova/nova.conf')).toContain('live_migration_scheme = tls');
    expect(host.isUnit('libvirtd-tls.socket', 'active')).toBe(true);
    expect((await planOf(host)).changes).toEqual([]);

    expect(await setup.undo(options)).toMatchObject({ outcome: 'rolled-back', why: 'asked' });
    expect(host.state()).toEqual(before);
    await expect(setup.undo(options)).rejects.toMatchObject({ code: 'setup-nothing-to-undo' });
  });

  it('with firewalld lets the peers in for now and for good, and is undone to the byte', async () => {
    using host = new SimulatedHost();
    host.hasFirewalld();
    const before = host.state();
    const setup = new HostSetup(home, host);
    expect(await setup.apply(await planOf(host), options)).toEqual({ outcome: 'applied' });
    const rules = host.firewalldRules('permanent');
    expect(rules).toHaveLength(4);
    expect(rules).toContain(
      'rule family="ipv6" source address="fd76::12" port port="49152-49215" protocol="tcp" accept',
    );
    expect(host.firewalldRules('runtime')).toEqual(rules);
    expect((await planOf(host)).changes).toEqual([]);
    expect(await setup.undo(options)).toMatchObject({ outcome: 'rolled-back', why: 'asked' });
    expect(host.firewalldRules('runtime')).toEqual([]);
    expect(host.firewalldRules('permanent')).toEqual([]);
    const after = host.state();
    delete after['/etc/firewalld'];
    delete after['/etc/firewalld/zones'];
    expect(after).toEqual(before);
  });

  it('with SELinux gives a changed file the label that it had, before it is in place', async () => {
    using host = bareHost();
    host.hasSelinux();
    const setup = new HostSetup(home, host);
    expect(await setup.apply(await planOf(host), options)).toEqual({ outcome: 'applied' });
    expect(host.recorded()).toEqual(
      ['/etc/libvirt/qemu.conf', '/etc/nova/nova.conf'].map(
        (path) => expect.stringMatching(`^chcon --reference=${path} ${path}\\.viaduct-.*\\.new$`) as unknown,
      ),
    );
  });

  it('listens although a client wakes its daemon each time that it was stopped', async () => {
    using host = new SimulatedHost();
    host.hasEagerClient();
    const before = host.state();
    const setup = new HostSetup(home, host);
    expect(await setup.apply(await planOf(host), options)).toEqual({ outcome: 'applied' });
    for (const unit of ['libvirtd-tls.socket', 'libvirtd.socket', 'libvirtd.service']) {
      expect(host.isUnit(unit, 'active'), unit).toBe(true);
    }
    expect(await setup.undo(options)).toMatchObject({ outcome: 'rolled-back', why: 'asked' });
    expect(host.state()).toEqual(before);
  });

  it('keeps its secrets: not in the plan, not in the journal', async () => {
    using host = bareHost();
    const setup = new HostSetup(home, host);
    const inspection = await setup.inspect(options);
    const plan = setup.plan(inspection, wishes);
    await setup.apply(plan, options);
    const folder = join(home, 'setup', host.name);
    const journals = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    expect(journals).toHaveLength(1);
    for (const text of [
      JSON.stringify(plan),
      JSON.stringify(inspection.facts),
      ...journals,
      ...host.ran.flat(),
    ]) {
      expect(text).not.toContain('planted-secret');
    }
  });

  it('is as before when the daemon does not start with the new settings', async () => {
    using host = bareHost();
    const before = host.state();
    const plan = await planOf(host);
    host.poison('^default_tls_x509_verify');
    const outcome = await new HostSetup(home, host).apply(plan, options);
    expect(outcome).toMatchObject({ outcome: 'rolled-back', why: 'failed' });
    expect(host.state()).toEqual(before);
  });

  it('is as before when it is told to stop', async () => {
    using host = bareHost();
    const before = host.state();
    const stop = new AbortController();
    const outcome = await new HostSetup(home, host).apply(await planOf(host), {
      ...options,
      signal: stop.signal,
      progress: ({ number }) => number === 3 && stop.abort(),
    });
    expect(outcome).toMatchObject({ outcome: 'rolled-back', why: 'cancelled' });
    expect(host.state()).toEqual(before);
  });

  it('is not touched where somebody else changed a file after the plan', async () => {
    using host = bareHost();
    const plan = await planOf(host);
    host.write('/etc/nova/nova.conf', `${nova}debug = true\n`, 0o640);
    const before = host.state();
    const outcome = await new HostSetup(home, host).apply(plan, options);
    expect(outcome).toMatchObject({ outcome: 'rolled-back', why: 'failed' });
    expect(host.state()).toEqual(before);
  });

  it('does not lose what somebody else changed since, when undone', async () => {
    using host = bareHost();
    const setup = new HostSetup(home, host);
    await setup.apply(await planOf(host), options);
    host.write('/etc/libvirt/qemu.conf', `${host.read('/etc/libvirt/qemu.conf')}\nmax_core = 0\n`, 0o600);
    const before = host.state();
    await expect(setup.undo(options)).rejects.toMatchObject({ code: 'setup-plan-outdated' });
    expect(host.state()).toEqual(before);
  });

  it('is not taken for another machine of the same name', async () => {
    using host = bareHost();
    const setup = new HostSetup(home, host);
    await setup.apply(await planOf(host), options);
    host.write('/etc/machine-id', `${'b'.repeat(32)}\n`);
    await expect(setup.undo(options)).rejects.toMatchObject({ code: 'setup-host-replaced' });
  });
});

/** The first commands only look who answers; of those the last is enough. */
const lookingFirst = 6;

describe('a link that is cut', () => {
  /** Applies until the cut; @returns whether there was one */
  async function cutOff(host: SimulatedHost, plan: SetupPlan, cut: Cut): Promise<boolean> {
    host.reconnect();
    host.cut = cut;
    try {
      await new HostSetup(home, host).apply(plan, options);
      return false;
    } catch (error) {
      expect(error instanceof LinkLost || (error as { code?: string }).code === 'setup-interrupted').toBe(
        true,
      );
      return true;
    } finally {
      host.reconnect();
    }
  }

  /** Old or new, never half; and the daemon starts. */
  async function expectWhole(
    host: SimulatedHost,
    before: Record<string, string>,
    after: Record<string, string>,
  ) {
    for (const path of ['/etc/libvirt/qemu.conf', '/etc/nova/nova.conf']) {
      expect([before[path], after[path]]).toContain(host.state()[path]);
    }
    for (const [path, state] of Object.entries(host.state())) {
      if (path.endsWith('.new')) expect(state).toMatch(/^100600 |^100640 /);
    }
    await (await host.connect()).close();
  }

  function withoutBackups(state: Record<string, string>): Record<string, string> {
    return Object.fromEntries(Object.entries(state).filter(([path]) => !/\.viaduct-.*\.old$/.test(path)));
  }

  /** Bare hosts are all the same: one plan is that of each. */
  async function prepare(): Promise<{ plan: SetupPlan; after: Record<string, string> }> {
    using host = bareHost();
    const plan = await planOf(host);
    await new HostSetup(home, host).apply(plan, options);
    rmSync(join(home, 'setup'), { recursive: true });
    return { plan, after: withoutBackups(host.state()) };
  }

  async function everywhere(cuts: (n: number) => Cut, first = 1): Promise<number> {
    const { plan, after } = await prepare();
    let points = 0;
    for (let n = first; ; n += 1) {
      for (const then of ['resume', 'undo'] as const) {
        using host = bareHost();
        const before = host.state();
        const setup = new HostSetup(home, host);
        if (!(await cutOff(host, plan, cuts(n)))) return points;
        await expectWhole(host, before, after);
        if (then === 'undo') {
          if (await setup.undoable()) await setup.undo(options);
          expect(host.state(), `undo after cut ${n}`).toEqual(before);
        } else {
          if (await setup.unfinished()) expect(await setup.resume(options)).toEqual({ outcome: 'applied' });
          else await setup.apply(plan, options);
          expect(withoutBackups(host.state()), `resume after cut ${n}`).toEqual(after);
        }
        rmSync(join(home, 'setup'), { recursive: true, force: true });
        points += 1;
      }
    }
  }

  it.each(['before', 'after', 'half its input'] as const)(
    'at every command (%s): resume and undo work',
    async (where) => {
      expect(await everywhere((command) => ({ command, where }), lookingFirst)).toBeGreaterThan(20);
    },
    180_000,
  );

  it('inside of the commands, after every tool that changes something: resume and undo work', async () => {
    expect(await everywhere((tools) => ({ tools }))).toBeGreaterThan(30);
  }, 180_000);

  it('while it is undone: undo goes on', async () => {
    const { plan } = await prepare();
    for (let n = 1; ; n += 1) {
      using host = bareHost();
      const before = host.state();
      const setup = new HostSetup(home, host);
      await setup.apply(plan, options);
      host.reconnect();
      host.cut = { tools: n };
      const cut = await setup.undo(options).then(
        () => false,
        () => true,
      );
      host.reconnect();
      if (!cut) break;
      await setup.undo(options);
      expect(host.state(), `undo after a cut undo ${n}`).toEqual(before);
      rmSync(join(home, 'setup'), { recursive: true });
      expect(n).toBeLessThan(60);
    }
  }, 180_000);
});
