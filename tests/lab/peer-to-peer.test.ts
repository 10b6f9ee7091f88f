import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { canaryBytes, hosts, Lab, type HostName } from './lab.ts';
import { expectRunsOn, guestLine, otherHost } from './support/guest-proof.ts';
import { viaduct, type ViaductOptions, type ViaductRun } from './support/viaduct.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});

const ends = (from: HostName): string[] => [
  ...['web01', '--json'],
  ...['--source', lab.sshUri(from), '--destination', lab.sshUri(otherHost(from))],
];
const move = (from: HostName, args: readonly string[], options?: ViaductOptions): Promise<ViaductRun> =>
  viaduct(['migrate', ...ends(from), ...args], options);

const streamOf = ({ lines }: ViaductRun, name: string) =>
  lines.find((line) => line.type === 'stream' && line['name'] === name);
const phasesOf = ({ lines }: ViaductRun) =>
  lines.filter(({ type }) => type === 'phase').map(({ phase, state }) => [phase, state]);

describe('the source’s daemon moves the guest by itself', () => {
  /** Moves web01 with a capture on the bridge, and holds the run to what it owes. */
  async function moveSeen(args: readonly string[], mode: string): Promise<void> {
    const before = await guestLine(lab, 'web01', 'alpha');
    await using capture = await lab.capture();
    const run = await move('alpha', args);
    const seen = await capture.stop();
    expect(run.result, run.stderr).toMatchObject({
      ...{ outcome: 'migrated', runningOn: 'destination' },
      ...{ mode, control: 'p2p' },
    });
    expect(run.code).toBe(0);
    expect(phasesOf(run)).toEqual([
      ['perform', 'begin'],
      ['perform', 'end'],
    ]);
    expect(Number(run.result?.['downtimeMs'])).toBeGreaterThan(0);
    expect(streamOf(run, 'control between the daemons')).toMatchObject({
      path: 'alpha.lab to qemu+tls://beta.lab/system',
      encrypted: true,
      authenticated: true,
      by: expect.stringContaining('lets it in as CN=alpha.lab') as string,
      evidence: expect.stringContaining('tried from alpha.lab') as string,
    });
    expect(streamOf(run, 'memory and device state')).toMatchObject({ encrypted: true, authenticated: true });
    expect(seen.packets).toBeGreaterThan(1000);
    expect(seen.dropped, 'packets that the capture missed').toBe(0);
    expect(await seen.count(canaryBytes), 'canaries on the wire').toBe(0);
    await expectRunsOn(lab, 'beta', 'web01', before);
  }

  it('over native TLS, unseen on the bridge, and back because its login is known to work', async () => {
    await moveSeen(['--control', 'p2p'], 'native-tls');
    const before = await guestLine(lab, 'web01', 'beta');
    const back = await move('beta', ['--control', 'auto']);
    expect(back.result, back.stderr).toMatchObject({ outcome: 'migrated', control: 'p2p' });
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });

  it('through a tunnel, unseen on the bridge', () => moveSeen(['--mode', 'tunnelled'], 'tunnelled'));

  it('also when our connections to the source are cut; its end is found out by asking', async () => {
    const before = await guestLine(lab, 'web01', 'beta');
    let cut: Promise<unknown> | undefined;
    const run = await move('beta', ['--control', 'p2p', '--bandwidth', '120'], {
      onLine: (line) => {
        if (line.type === 'progress' && Number(line['percent']) >= 20) {
          cut ??= lab.killProcess('beta', /sshd: root/);
        }
      },
    });
    expect(cut, 'the copy got under way').toBeDefined();
    expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });

  it('until it is told to stop; the guest stays and nothing is left behind', async () => {
    const before = await guestLine(lab, 'web01', 'alpha');
    let interrupted = false;
    const run = await move('alpha', ['--control', 'p2p', '--bandwidth', '60'], {
      onLine: (line, interrupt) => {
        if (interrupted || line.type !== 'progress' || Number(line['percent']) < 30) return;
        interrupted = true;
        interrupt();
      },
    });
    expect(interrupted, 'progress reached 30 %').toBe(true);
    expect(run.result).toMatchObject({ outcome: 'cancelled', control: 'p2p', runningOn: 'source' });
    expect(run.code).toBe(5);
    expect(await lab.whereRuns('web01')).toEqual({ alpha: 'running', beta: 'absent' });
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });
});

describe('a login that would fail is found before anything is touched', () => {
  const config = '/etc/libvirt/libvirtd.conf';
  const reload = () => lab.mustRun('beta', ['virt-admin', 'server-update-tls', 'libvirtd']);
  const cleaning: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const clean of cleaning.splice(0).reverse()) await clean();
  });

  const misconfigured: [string, string, () => Promise<string[]>][] = [
    [
      'a name that is not on the list of the destination',
      'control.login.allow-list',
      async () => {
        const before = await lab.mustRun('beta', ['cat', config]);
        const put = async (text: string): Promise<void> => {
          await lab.mustRun('beta', ['tee', config], { stdin: text });
          await lab.mustRun('beta', ['systemctl', 'restart', 'libvirtd.service']);
        };
        cleaning.push(() => put(before));
        await put(`tls_allowed_dn_list = ["CN=gamma.lab"]\n${before}`);
        return [];
      },
    ],
    [
      'SASL, for which the source has no credentials',
      'control.login.sasl',
      async () => {
        const rules = { auth_tls: 'sasl', mechanisms: ['scram-sha-256'] } as const;
        const logins = await lab.setLogins('beta', 'libvirtd', rules, ['tls']);
        cleaning.push(() => Promise.resolve(logins[Symbol.asyncDispose]()));
        return [];
      },
    ],
    [
      'a name that the source cannot resolve',
      'control.login.name',
      () => Promise.resolve(['--dconnuri', 'qemu+tls://nowhere.lab/system']),
    ],
    [
      'a port that a firewall drops',
      'control.login.port',
      async () => {
        const block = await lab.blockPort('beta', 16_514, 'drop');
        cleaning.push(() => Promise.resolve(block[Symbol.asyncDispose]()));
        return [];
      },
    ],
    [
      'a daemon whose certificate is for another name',
      'control.login.certificate',
      async () => {
        cleaning.push(() => lab.restoreHostCertificates('beta').then(reload));
        const names = ['gamma.lab'];
        await lab.issueHostCertificates('beta', { purposes: ['libvirt'], names, addresses: ['203.0.113.9'] });
        await reload();
        return [];
      },
    ],
    [
      'a source whose certificate is of another CA',
      'control.login.identity',
      async () => {
        cleaning.push(() => lab.restoreHostCertificates('alpha'));
        await lab.issueHostCertificates('alpha', { purposes: ['libvirt'], ca: 'other' });
        return [];
      },
    ],
  ];

  it.each(misconfigured)('%s', async (_what, code, misconfigure) => {
    const args = await misconfigure();
    const run = await move('alpha', ['--control', 'p2p', ...args]);
    expect(run.code, run.stderr).toBe(3);
    expect(run.result).toMatchObject({
      outcome: 'refused',
      control: 'p2p',
      runningOn: 'source',
      error: { code, phase: 'preflight', remedy: expect.any(String) as string },
    });
    expect(phasesOf(run)).toEqual([]);
    expect(await lab.whereRuns('web01')).toEqual({ alpha: 'running', beta: 'absent' });
  });

  it('and where there is a choice, Viaduct drives instead and says why', async () => {
    const block = await lab.blockPort('beta', 16_514, 'reject');
    cleaning.push(() => Promise.resolve(block[Symbol.asyncDispose]()));
    const run = await viaduct(['preflight', ...ends('alpha'), '--control', 'auto']);
    expect(run.code, run.stderr).toBe(0);
    const found = (id: string) => run.lines.find((line) => line['id'] === id);
    expect(found('control.login.port')).toMatchObject({ level: 'info' });
    expect(found('control.choice')?.['summary']).toMatch(/^Managed: /);
  });

  it('credentials that the source’s root has are used, and the login is shown to work', async () => {
    const rules = { auth_tls: 'sasl', mechanisms: ['scram-sha-256'], users: { mover: 'a secret' } } as const;
    const logins = await lab.setLogins('beta', 'libvirtd', rules, ['tls']);
    const file = '/etc/libvirt/auth.conf';
    cleaning.push(
      () => Promise.resolve(logins[Symbol.asyncDispose]()),
      () => lab.mustRun('alpha', ['rm', '-f', file]),
    );
    const credentials = '[credentials-mover]\nauthname=mover\npassword=a secret\n';
    const sections = `${credentials}[auth-libvirt-${hosts.beta.fqdn}]\ncredentials=mover\n`;
    await lab.mustRun('alpha', ['tee', file], { stdin: sections });
    const run = await viaduct(['preflight', ...ends('alpha'), '--control', 'p2p']);
    expect(run.code, run.stderr).toBe(0);
    expect(streamOf(run, 'control between the daemons')?.['by']).toMatch(/by credentials \(SASL\)$/);
    expect(run.stdout).not.toContain('a secret');
  });
});
