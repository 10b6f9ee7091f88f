import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canaryBytes, hosts, Lab, type GuestName, type HostName } from './lab.ts';
import { expectRunsOn, guestLine, otherHost } from './support/guest-proof.ts';
import { viaduct, type ViaductOptions, type ViaductRun } from './support/viaduct.ts';

const hostNames = ['alpha', 'beta'] as const;
let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
beforeEach(async () => {
  if ((await lab.whereRuns('web01')).alpha !== 'running') await lab.reset();
}, 120_000);

const relay = (
  guest: GuestName,
  from: HostName,
  args: readonly string[] = [],
  options?: ViaductOptions,
): Promise<ViaductRun> =>
  viaduct(
    [
      ...['migrate', guest, '--json', '--mode', 'ssh-relay', ...args],
      ...['--source', lab.sshUri(from), '--destination', lab.sshUri(otherHost(from))],
    ],
    options,
  );

/** Everything that a relay makes on a host: its folders, and what runs there to remove them. */
async function leftovers(host: HostName): Promise<string[]> {
  const folders = await lab.mustRun(host, [
    'find',
    '/run',
    '-name',
    'viaduct-*',
    '-o',
    '-name',
    '*tunnelmigrate*',
  ]);
  const { stdout } = await lab.run(host, ['pgrep', '-f', '[v]iaduct-relay']);
  return [folders, stdout].flatMap((text) => text.split('\n')).filter(Boolean);
}

async function expectNothingLeft(): Promise<void> {
  for (const host of hostNames) await expect.poll(() => leftovers(host), { timeout: 10_000 }).toEqual([]);
}

/** When the copy has come so far, once. */
function atPercent(percent: number, act: () => unknown): ViaductOptions {
  let isDone = false;
  return {
    onLine: (line) => {
      if (isDone || line.type !== 'progress' || Number(line['percent']) < percent) return;
      isDone = true;
      void act();
    },
  };
}

describe('a guest goes through this machine over SSH', () => {
  it(
    'unseen on the bridge, between hosts that cannot see each other, and back',
    { timeout: 180_000 },
    async () => {
      const before = await guestLine(lab, 'web01', 'alpha');
      for (const host of hostNames) {
        await lab.mustRun(host, ['nft', '-f', '-'], { stdin: apartFrom(otherHost(host)) });
      }
      try {
        await using capture = await lab.capture();
        // Slower than the recorder, which sees everything twice.
        const run = await relay('web01', 'alpha', ['--bandwidth', '40']);
        const seen = await capture.stop();
        expect(run.result, run.stderr).toMatchObject({
          ...{ outcome: 'migrated', runningOn: 'destination', mode: 'ssh-relay', control: 'managed' },
        });
        expect(seen.packets).toBeGreaterThan(1000);
        expect(seen.dropped, 'packets that the capture missed').toBe(0);
        expect(await seen.count(canaryBytes), 'canaries on the wire').toBe(0);
        const memory = run.lines.find(({ name }) => name === 'memory and device state');
        expect(memory).toMatchObject({ encrypted: true, authenticated: true });
        const onBeta = await expectRunsOn(lab, 'beta', 'web01', before);
        const back = await relay('web01', 'beta');
        expect(back.result, back.stderr).toMatchObject({ outcome: 'migrated' });
        await expectRunsOn(lab, 'alpha', 'web01', onBeta);
        await expectNothingLeft();
      } finally {
        for (const host of hostNames) await lab.run(host, ['nft', 'delete', 'table', 'inet', 'lab_apart']);
      }
    },
  );

  it('with its disk and further channels, there and back', { timeout: 180_000 }, async () => {
    const before = await guestLine(lab, 'db01', 'alpha');
    const run = await relay('db01', 'alpha', ['--disks', 'copy', '--parallel', '2']);
    expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
    const disk = run.lines.find(({ name }) => name === 'disk vda');
    expect(disk).toMatchObject({ encrypted: true, authenticated: true });
    const onBeta = await expectRunsOn(lab, 'beta', 'db01', before);
    const back = await relay('db01', 'beta', ['--disks', 'copy']);
    expect(back.result, back.stderr).toMatchObject({ outcome: 'migrated' });
    await expectRunsOn(lab, 'alpha', 'db01', onBeta);
    await expectNothingLeft();
  });

  it('stays where it is when the session to the destination is killed on the way', async () => {
    const before = await guestLine(lab, 'web01', 'alpha');
    let killed: Promise<unknown> | undefined;
    const run = await relay(
      'web01',
      'alpha',
      ['--bandwidth', '40'],
      atPercent(10, () => (killed = killRelaySession('beta'))),
    );
    await killed;
    expect(killed, 'the copy got under way').toBeDefined();
    expect(run.result, run.stderr).toMatchObject({ outcome: 'failed', runningOn: 'source' });
    expect(run.code).toBe(4);
    expect(await lab.whereRuns('web01')).toEqual({ alpha: 'running', beta: 'absent' });
    await expectRunsOn(lab, 'alpha', 'web01', before);
    await expectNothingLeft();
  });

  it('leaves nothing on the hosts when Viaduct itself is killed on the way', async () => {
    const before = await guestLine(lab, 'web01', 'alpha');
    let killed = false;
    const run = await relay('web01', 'alpha', ['--bandwidth', '40'], {
      onLine: (line, interrupt) => {
        if (killed || line.type !== 'progress' || Number(line['percent']) < 10) return;
        killed = true;
        interrupt('SIGKILL');
      },
    });
    expect(killed, 'the copy got under way').toBe(true);
    expect(run.result).toBeUndefined();
    await expectNothingLeft();
    const oneHost = { alpha: 'running', beta: 'absent' };
    await expect.poll(() => lab.whereRuns('web01'), { timeout: 20_000 }).toEqual(oneHost);
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });
});

/** The session of the relay is the one whose command clears up; the application's own has none. */
async function killRelaySession(host: HostName): Promise<void> {
  const keeper = (await lab.mustRun(host, ['pgrep', '-o', '-f', '[v]iaduct-relay'])).trim();
  const session = (await lab.mustRun(host, ['ps', '-o', 'ppid=', '-p', keeper])).trim();
  await lab.mustRun(host, ['kill', '-KILL', session]);
}

/** A firewall that drops whatever comes from the other host. */
function apartFrom(other: HostName): string {
  return `table inet lab_apart {
  chain input {
    type filter hook input priority -10; policy accept;
    ip saddr ${hosts[other].address} drop
    ip6 saddr ${hosts[other].address6} drop
  }
}
`;
}
