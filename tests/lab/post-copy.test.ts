import { beforeAll, describe, expect, it } from 'vitest';
import { Lab, type HostName } from './lab.ts';
import { expectRunsOn, guestLine, otherHost } from './support/guest-proof.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

let lab: Lab;

const moveCommand = (from: HostName, ...options: string[]): string[] => [
  ...['migrate', 'web01', '--json'],
  ...['--source', lab.sshUri(from), '--destination', lab.sshUri(otherHost(from))],
  ...options,
];
const move = (from: HostName, ...options: string[]): Promise<ViaductRun> =>
  viaduct(moveCommand(from, ...options));

/** A test that fails may leave the guest on either host, and is no reason for the next one to fail. */
async function whereItIs(): Promise<HostName> {
  return (await lab.whereRuns('web01')).alpha === 'running' ? 'alpha' : 'beta';
}

const actionsOf = ({ lines }: ViaductRun) => lines.filter(({ type }) => type === 'action');
const domstate = async (host: HostName): Promise<string> =>
  (await lab.virsh(host, ['domstate', 'web01', '--reason'])).trim();

/** Slow enough that the first pass is not over when the time is. */
const slowly = ['--bandwidth', '20'];
const switching = ['--post-copy', '--timeout', '2', '--on-timeout', 'post-copy'];

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});

describe('a switch to post-copy', () => {
  async function switchOver(...options: string[]): Promise<void> {
    const from = await whereItIs();
    const before = await guestLine(lab, 'web01', from);
    const run = await move(from, ...slowly, ...switching, ...options);
    expect(run.result, run.stderr).toMatchObject({
      ...{ outcome: 'migrated', runningOn: 'destination', mode: 'native-tls', control: 'p2p' },
      // The destination's own event: its guest was set going in post-copy.
      postCopy: true,
    });
    expect(run.code).toBe(0);
    expect(actionsOf(run)).toEqual([
      expect.objectContaining({ action: 'post-copy', by: 'timeout', state: 'done' }),
    ]);
    const fetched = run.lines.filter(({ postCopyRequests }) => typeof postCopyRequests === 'number');
    expect(fetched.length, 'progress told while memory followed').toBeGreaterThan(0);
    expect(await domstate(otherHost(from))).toBe('running (migrated)');
    await expectRunsOn(lab, otherHost(from), 'web01', before);
  }

  it('moves a guest there and back, over native TLS', { timeout: 120_000 }, async () => {
    await switchOver();
    await switchOver('--control', 'auto');
  });

  it('is refused where Viaduct itself would drive it, and nothing is touched', async () => {
    const from = await whereItIs();
    const before = await guestLine(lab, 'web01', from);
    const run = await move(from, ...switching, '--control', 'managed');
    expect(run.result).toMatchObject({
      ...{ outcome: 'refused', runningOn: 'source', error: { code: 'plan.combination' } },
    });
    expect(run.code).toBe(3);
    await expectRunsOn(lab, from, 'web01', before);
  });
});

describe('a daemon that is killed as the switch is ordered', () => {
  it.each(['source', 'destination'] as const)(
    'on the %s: no guest is lost, the verdict is true, and it can be moved again',
    { timeout: 180_000 },
    async (side) => {
      const from = await whereItIs();
      const before = await guestLine(lab, 'web01', from);
      let killed: Promise<unknown> | undefined;
      const run = await viaduct(moveCommand(from, ...slowly, ...switching), {
        onLine: ({ type, action }) => {
          if (type !== 'action' || action !== 'post-copy') return;
          const host = side === 'source' ? from : otherHost(from);
          killed ??= lab.mustRun(host, ['pkill', '--signal', 'KILL', '--exact', 'libvirtd']);
        },
      });
      expect(killed, run.stdout).toBeDefined();
      await killed;
      const hasMoved = run.result?.['outcome'] === 'migrated';
      expect(run.result).toMatchObject(
        hasMoved ? { runningOn: 'destination' } : { outcome: 'failed', runningOn: 'source' },
      );
      const now = hasMoved ? otherHost(from) : from;
      const line = await expectRunsOn(lab, now, 'web01', before);
      const again = await move(now);
      expect(again.result, again.stderr).toMatchObject({ outcome: 'migrated' });
      await expectRunsOn(lab, otherHost(now), 'web01', line);
    },
  );
});

describe('when the time for the copy is over', () => {
  it('the migration is cancelled; the guest stays, and the reason is told', async () => {
    const from = await whereItIs();
    const before = await guestLine(lab, 'web01', from);
    const run = await move(from, ...slowly, '--timeout', '2');
    expect(run.result).toMatchObject({
      ...{ outcome: 'cancelled', runningOn: 'source' },
      error: { code: 'engine.timeout' },
    });
    expect(run.result, 'its end is our own doing').not.toHaveProperty('acts');
    expect(run.code).toBe(5);
    expect((await lab.whereRuns('web01'))[otherHost(from)]).toBe('absent');
    await expectRunsOn(lab, from, 'web01', before);
  });

  it('the guest is suspended, and goes on at the destination', { timeout: 120_000 }, async () => {
    const from = await whereItIs();
    const before = await guestLine(lab, 'web01', from);
    const run = await move(from, '--bandwidth', '60', '--timeout', '1', '--on-timeout', 'suspend');
    expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
    expect(actionsOf(run)).toEqual([
      expect.objectContaining({ action: 'suspend', by: 'timeout', state: 'done' }),
    ]);
    await expectRunsOn(lab, otherHost(from), 'web01', before);
  });
});

describe('options that change how memory travels', () => {
  it.each([
    ['several connections', ['--parallel', '2']],
    ['compression', ['--compress', 'xbzrle']],
    ['a new name, and the old one back', ['--rename', 'web01-moved']],
  ] as const)('%s', { timeout: 120_000 }, async (_what, options) => {
    const from = await whereItIs();
    const before = await guestLine(lab, 'web01', from);
    const run = await move(from, ...options);
    expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
    if (!options.some((option) => option === '--rename')) {
      await expectRunsOn(lab, otherHost(from), 'web01', before);
      return;
    }
    const back = await viaduct([
      ...['migrate', 'web01-moved', '--json', '--rename', 'web01'],
      ...['--source', lab.sshUri(otherHost(from)), '--destination', lab.sshUri(from)],
    ]);
    expect(back.result, back.stderr).toMatchObject({ outcome: 'migrated' });
    await expectRunsOn(lab, from, 'web01', before);
  });
});
