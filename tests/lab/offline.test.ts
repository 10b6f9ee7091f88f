import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type HostName } from './lab.ts';
import { expectRunsOn, guestLine, otherHost } from './support/guest-proof.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

const guest = 'web01';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
afterAll(() => lab.reset());

const run = (
  command: 'migrate' | 'preflight',
  from: HostName,
  args: readonly string[],
): Promise<ViaductRun> =>
  viaduct([
    ...[command, guest, '--json'],
    ...['--source', lab.sshUri(from), '--destination', lab.sshUri(otherHost(from)), ...args],
  ]);

/** What virsh says of the definition: absent, or whether it is the one that was moved. */
async function definitionOn(host: HostName): Promise<'absent' | 'defined'> {
  const state = (await lab.whereRuns(guest))[host];
  if (state === 'absent') return 'absent';
  expect(state, `${guest} on ${host}`).toBe('shut off');
  const info = await lab.virsh(host, ['dominfo', guest]);
  expect(info, `${guest} on ${host} outlives a restart of the daemon`).toMatch(/^Persistent: +yes$/m);
  return 'defined';
}

/** Without what a daemon may put in: the definition as it is kept. */
const inactiveXml = (host: HostName): Promise<string> => lab.virsh(host, ['dumpxml', '--inactive', guest]);

/** Moves the definition, and holds the run and both hosts to what they owe. */
async function moveDefinition(from: HostName, args: readonly string[], keeps: boolean): Promise<void> {
  const to = otherHost(from);
  const before = await inactiveXml(from);
  const moved = await run('migrate', from, ['--offline', ...args]);
  expect(moved.result, moved.stdout + moved.stderr).toMatchObject({
    ...{ outcome: 'migrated', runningOn: 'destination', offline: true, downtimeMs: null },
  });
  expect(moved.code).toBe(0);
  const streams = moved.lines.filter(({ type }) => type === 'stream').map(({ name }) => name);
  expect(streams).not.toContain('memory and device state');
  expect(streams.slice(0, 2)).toEqual(['control to source', 'control to destination']);
  expect(await definitionOn(to)).toBe('defined');
  expect(await definitionOn(from)).toBe(keeps ? 'defined' : 'absent');
  expect(await inactiveXml(to)).toBe(before);
}

const phasesOf = ({ lines }: ViaductRun) =>
  lines.filter(({ type, state }) => type === 'phase' && state === 'begin').map(({ phase }) => phase);

describe('a guest that is shut off', () => {
  it('is refused while it runs, and by itself goes nowhere; each time the plan says what to do', async () => {
    const running = await run('migrate', 'alpha', ['--offline']);
    expect(running.code, running.stderr).toBe(3);
    expect(running.result?.['error']).toMatchObject({
      code: 'guest.state',
      message: expect.stringMatching(
        /^web01 is running.*; --offline is for a guest that is shut off\.$/,
      ) as string,
    });
    await lab.virsh('alpha', ['destroy', guest]);
    const without = await run('preflight', 'alpha', []);
    expect(without.code, without.stderr).toBe(3);
    expect(without.lines.find(({ id }) => id === 'guest.state')).toMatchObject({
      ...{ level: 'error', remedy: expect.stringContaining('--offline') as string },
    });
    const disks = await run('migrate', 'alpha', ['--offline', '--disks', 'copy', '--post-copy']);
    expect(disks.code, disks.stderr).toBe(3);
    const refusals = disks.lines.filter(({ id, level }) => id === 'plan.combination' && level === 'error');
    expect(refusals).toHaveLength(2);
    expect(phasesOf(disks)).toEqual([]);
    expect(await definitionOn('alpha')).toBe('defined');
    expect(await definitionOn('beta')).toBe('absent');
  });

  it.each([
    ['managed', []],
    ['p2p', ['--control', 'p2p']],
  ] as const)('goes there and back with its definition alone: %s', async (_control, args) => {
    await moveDefinition('alpha', args, false);
    await moveDefinition('beta', args, false);
  });

  it.each([
    ['managed', []],
    ['p2p', ['--control', 'p2p']],
  ] as const)('stays defined on the source where that is asked for: %s', async (_control, args) => {
    await moveDefinition('alpha', [...args, '--keep-source-definition'], true);
    // Over the definition that was left there.
    await moveDefinition('beta', args, false);
  });

  it('gets its new name', async () => {
    const moved = await run('migrate', 'alpha', ['--offline', '--rename', 'web09']);
    expect(moved.result, moved.stderr).toMatchObject({ outcome: 'migrated' });
    expect(await lab.virsh('beta', ['list', '--all', '--name'])).toMatch(/^web09$/m);
    expect(await definitionOn('alpha')).toBe('absent');
    await lab.virsh('beta', ['domrename', 'web09', guest]);
    await moveDefinition('beta', [], false);
  });

  it('starts where it was moved, and moves on with its memory', async () => {
    await moveDefinition('alpha', [], false);
    await lab.virsh('beta', ['start', guest]);
    const before = await guestLine(lab, guest, 'beta');
    const back = await run('migrate', 'beta', []);
    expect(back.result, back.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
    await expectRunsOn(lab, 'alpha', guest, before);
  });

  it('is seen to when the destination is lost between Prepare and Finish', async () => {
    await lab.virsh('alpha', ['destroy', guest]);
    let killed: Promise<unknown> | undefined;
    const cut = await viaduct(
      [
        ...['migrate', guest, '--json', '--offline', '--source', lab.sshUri('alpha')],
        ...['--destination', lab.sshUri('beta')],
      ],
      {
        onLine: (line) => {
          if (line.type === 'phase' && line['phase'] === 'prepare' && line['state'] === 'begin')
            killed ??= lab.killProcess('beta', /sshd: root/);
        },
      },
    );
    expect(killed, 'Prepare was begun').toBeDefined();
    expect(['failed', 'migrated']).toContain(cut.result?.['outcome']);
    const isOnSource = cut.result?.['runningOn'] === 'source';
    expect((await lab.whereRuns(guest)).alpha).toBe(isOnSource ? 'shut off' : 'absent');
    if (!isOnSource) expect(await definitionOn('beta')).toBe('defined');
  });
});
