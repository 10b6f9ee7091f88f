import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { procedures } from '../../electron/libvirt/index.ts';
import { gateSocket, RpcGate } from './faults/rpc-gate.ts';
import { hosts, Lab, waitFor, type HostName } from './lab.ts';
import type { GuestLine } from './serial-log.ts';
import { expectRunsOn, guestLine, otherHost } from './support/guest-proof.ts';
import { spareUuid, startSpare } from './support/spare-guest.ts';
import { viaduct, type JsonLine, type ViaductRun } from './support/viaduct.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
afterAll(async () => {
  await lab.reset();
});

/** In a folder of its own each time: there is no journal that it could know more from than both hosts say. */
const doctor = (guest: string, ...options: string[]): Promise<ViaductRun> =>
  viaduct([
    ...['doctor', guest, '--json', ...options],
    ...['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')],
  ]);

const situation = ({ lines }: ViaductRun): JsonLine | undefined =>
  lines.findLast(({ type }) => type === 'situation');
const domstate = async (host: HostName, guest: string): Promise<string> =>
  (await lab.virsh(host, ['domstate', guest, '--reason'])).trim();

describe('one of two copies', () => {
  it('that stand still, or run, is neither resumed nor ended', async () => {
    await using undo = new AsyncDisposableStack();
    for (const host of ['alpha', 'beta'] as const) undo.use(await startSpare(lab, host));
    const still = await doctor('spare');
    expect(still.code, still.stderr).toBe(6);
    expect(situation(still)).toMatchObject({
      ...{ guest: 'spare', uuid: spareUuid, situation: 'stands still on both', actions: [] },
      hosts: {
        source: { name: 'alpha.lab', state: 'paused (by a user)' },
        destination: { name: 'beta.lab', state: 'paused (by a user)' },
      },
    });
    for (const host of ['alpha', 'beta'] as const) await lab.virsh(host, ['resume', 'spare']);
    const both = await doctor('spare', '--do', 'resume', '--yes');
    expect(both.code).toBe(3);
    expect(situation(both)).toMatchObject({ situation: 'runs on both', actions: [] });
    expect(both.lines.at(-1)).toMatchObject({ type: 'refused', code: 'engine.not-offered' });
    expect(await lab.whereRuns('spare')).toEqual({ alpha: 'running', beta: 'running' });
  });
});

/**
 * Killed when the source has done what Perform asks for; its answer never arrives, and Finish is never made.
 *
 * @param command what is run between alpha and beta
 */
async function killedAfterPerform(...command: string[]): Promise<ViaductRun> {
  await using gate = new RpcGate(hosts.alpha);
  await gate.open();
  const answer = { procedures: [procedures.domainMigratePerform3Params.number], message: 'reply' } as const;
  const release = Promise.withResolvers<'lose'>();
  let group = 0;
  void gate.hold(answer, release.promise).then(() => {
    process.kill(-group, 'SIGKILL');
    release.resolve('lose');
  });
  const source = `${lab.sshUri('alpha')}&socket=${gateSocket}`;
  const ends = ['--source', source, '--destination', lab.sshUri('beta')];
  return await viaduct([...command, '--json', ...ends], { onStart: (started) => (group = started) });
}

describe('a guest whose migration was killed', () => {
  it('is resumed where it is paused, once that is agreed to', { timeout: 240_000 }, async () => {
    const before = await guestLine(lab, 'web01', 'alpha');
    const fine = await doctor('web01');
    expect(fine.code, fine.stderr).toBe(0);
    expect(situation(fine)).toMatchObject({ situation: 'runs on one host', actions: [] });
    const killed = await killedAfterPerform('migrate', 'web01');
    expect(killed.result, `it was killed before its end: ${killed.stdout}`).toBeUndefined();
    const prepared = { timeoutMs: 20_000, message: killed.stdout };
    await expect.poll(() => lab.whereRuns('web01'), prepared).toEqual({ alpha: 'paused', beta: 'absent' });
    const unasked = await doctor('web01', '--do', 'resume');
    expect(unasked.code, unasked.stderr).toBe(3);
    expect(situation(unasked)).toMatchObject({
      situation: 'held by a migration',
      actions: [{ action: 'resume', host: 'source' }],
    });
    expect(await domstate('alpha', 'web01')).toBe('paused (migrating)');
    const done = await doctor('web01', '--do', 'resume', '--yes');
    expect(done.code, done.stderr).toBe(0);
    expect(done.lines.map(({ type }) => type)).toEqual(['situation', 'done', 'situation']);
    await expectRunsOn(lab, 'alpha', 'web01', before);
  });
});

describe('a post-copy that broke', () => {
  /** As QEMU's own stop of the transfer leaves it, and a network that breaks. */
  async function breakPostCopy(from: HostName, before: GuestLine): Promise<void> {
    const flags = ['--live', '--p2p', '--tls', '--persistent', '--postcopy'];
    // So slow that neither way of copying is done before the next step is taken, however busy the machine.
    const limits = ['--bandwidth', '1', '--postcopy-bandwidth', '4'];
    const to = `qemu+tls://${otherHost(from)}.lab/system`;
    const migrating = lab.run(from, ['virsh', 'migrate', ...flags, ...limits, 'web01', to], {
      timeoutMs: 120_000,
    });
    const inTime = { timeoutMs: 60_000 };
    // Refused until QEMU has begun to send.
    await waitFor(
      'web01 is switched to post-copy',
      () => lab.virsh(from, ['migrate-postcopy', 'web01']),
      inTime,
    );
    await waitFor(
      'web01 runs in post-copy',
      async () => ((await domstate(otherHost(from), 'web01')) === 'running (post-copy)' ? true : undefined),
      inTime,
    );
    // Without the pages that it always needs, emulated QEMU waits with its own lock held, and takes no more commands.
    const first = await lab.guestGoesOn(otherHost(from), 'web01', before, 60_000);
    await lab.guestGoesOn(otherHost(from), 'web01', { ...first, counter: first.counter + 1 }, 60_000);
    await lab.virsh(from, ['domjobabort', 'web01', '--postcopy']);
    expect((await migrating).exitCode).not.toBe(0);
    expect(await domstate(from, 'web01')).toBe('paused (post-copy failed)');
    expect(await domstate(otherHost(from), 'web01')).toBe('running (post-copy failed)');
  }
  const limitTo = (mibPerSecond: number) =>
    lab.virsh('alpha', ['migrate-setspeed', 'web01', '--postcopy', String(mibPerSecond)]);

  it(
    'is named for both hosts, can be recovered, also after that has failed, and leaves a definition to undefine',
    { timeout: 240_000 },
    async () => {
      const before = await guestLine(lab, 'web01', 'alpha');
      await breakPostCopy('alpha', before);
      const seen = await doctor('web01');
      expect(seen.code, seen.stderr).toBe(6);
      expect(situation(seen)).toMatchObject({
        situation: 'post-copy failed',
        hosts: {
          source: { state: 'paused (post-copy failed)' },
          destination: { state: 'running (post-copy failed)' },
        },
        actions: [{ action: 'recover-post-copy', host: 'source' }],
      });
      {
        await using stack = new AsyncDisposableStack();
        stack.use(await lab.blockPort('beta', { from: 49_152, to: 49_215 }, 'reject'));
        const failed = await doctor('web01', '--do', 'recover-post-copy', '--yes');
        expect(failed.code, `${failed.stdout}${failed.stderr}`).not.toBe(0);
        const still = await doctor('web01');
        expect(situation(still), still.stderr).toMatchObject({
          situation: 'post-copy failed',
          actions: [{ action: 'recover-post-copy', host: 'source' }],
        });
      }
      await limitTo(100);
      const done = await doctor('web01', '--do', 'recover-post-copy', '--yes');
      expect(done.code, `${done.stdout}${done.stderr}`).toBe(0);
      expect(situation(done)).toMatchObject({
        situation: 'runs, definition left',
        actions: [{ action: 'undefine', host: 'source' }],
      });
      expect(await domstate('beta', 'web01')).toBe('running (migrated)');
      expect(await domstate('alpha', 'web01')).toBe('shut off (migrated)');
      await expectRunsOn(lab, 'beta', 'web01', before);
      const undefine = await doctor('web01', '--do', 'undefine', '--yes');
      expect(undefine.code, undefine.stderr).toBe(0);
      expect(situation(undefine)).toMatchObject({ situation: 'runs on one host' });
      expect(await lab.whereRuns('web01')).toEqual({ alpha: 'absent', beta: 'running' });
      expect(await lab.virsh('beta', ['dominfo', 'web01'])).toMatch(/^Persistent:\s+yes$/m);
    },
  );

  it('and whose recovery is killed comes to its end by itself', { timeout: 240_000 }, async () => {
    await lab.reset();
    const before = await guestLine(lab, 'web01', 'alpha');
    await breakPostCopy('alpha', before);
    await limitTo(10);
    await killedAfterPerform('doctor', 'web01', '--do', 'recover-post-copy', '--yes');
    const early = await doctor('web01', '--do', 'recover-post-copy', '--yes');
    expect(early.lines.at(-2), early.stderr).toMatchObject({ type: 'failed', code: 'engine.still-ending' });
    await limitTo(200);
    const ended = { timeout: 60_000, interval: 1_000 };
    await expect.poll(() => domstate('beta', 'web01'), ended).toBe('running (migrated)');
    const seen = await doctor('web01');
    expect(situation(seen), seen.stderr).toMatchObject({ situation: 'runs, definition left' });
    await expectRunsOn(lab, 'beta', 'web01', before);
  });
});
