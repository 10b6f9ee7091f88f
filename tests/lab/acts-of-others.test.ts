import { beforeEach, expect, it, vi } from 'vitest';
import { Lab, type HostName } from './lab.ts';
import { expectRunsOn, guestLine } from './support/guest-proof.ts';
import { viaduct, type JsonLine, type ViaductRun } from './support/viaduct.ts';

/* What somebody else does with virsh to a guest that is being moved is told as that. */

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let lab: Lab;
beforeEach(async () => {
  lab = await Lab.attach();
  await lab.reset();
});

/** Moves web01 to beta, slowly; once a part of it is there, somebody does `verb` with virsh on `host`. */
async function moveWhileOthers(
  verb: string,
  control: string,
  host: HostName = 'alpha',
): Promise<ViaductRun & { othersCode: number }> {
  let acted: ReturnType<typeof lab.run> | undefined;
  const hosts = ['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')];
  const run = await viaduct(
    ['migrate', 'web01', '--json', '--bandwidth', '60', '--control', control, ...hosts],
    {
      onLine: (line: JsonLine) => {
        if (line.type === 'progress' && Number(line['percent']) >= 20)
          acted ??= lab.run(host, ['virsh', verb, 'web01']);
      },
    },
  );
  return { ...run, othersCode: (await acted)?.exitCode ?? -1 };
}

it.each(['managed', 'p2p'])('a guest that is destroyed on its source, %s', async (control) => {
  const run = await moveWhileOthers('destroy', control);
  expect(run.othersCode).toBe(0);
  expect(run.result, run.stderr).toMatchObject({
    ...{ outcome: 'stuck', runningOn: 'unknown', error: { code: 'engine.stuck.runs-on-neither' } },
    acts: ['Somebody ended web01 on alpha.lab while it was being moved, as "virsh destroy" does.'],
  });
  expect(await lab.whereRuns('web01')).toEqual({ alpha: 'shut off', beta: 'absent' });
});

it('the copy that arrives is destroyed; the guest goes on where it was', async () => {
  const before = await guestLine(lab, 'web01', 'alpha');
  const run = await moveWhileOthers('destroy', 'managed', 'beta');
  expect(run.othersCode).toBe(0);
  expect(run.result, run.stderr).toMatchObject({
    ...{ outcome: 'failed', runningOn: 'source' },
    acts: ['Somebody ended the copy of web01 that was arriving on beta.lab, as "virsh destroy" does.'],
  });
  await expectRunsOn(lab, 'alpha', 'web01', before);
});

it.each(['managed', 'p2p'])('a guest that is suspended on its source, %s', async (control) => {
  const before = await guestLine(lab, 'web01', 'alpha');
  const run = await moveWhileOthers('suspend', control);
  expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination', control });
  const told = run.lines.filter(({ type, action }) => type === 'action' && action === 'seen');
  expect(told).toMatchObject([
    { by: 'others', sentence: expect.stringMatching(/^Somebody paused web01 on alpha\.lab/) as string },
  ]);
  await expectRunsOn(lab, 'beta', 'web01', before);
});

it.each(['managed', 'p2p'])('a migration that is aborted on its source, %s', async (control) => {
  const before = await guestLine(lab, 'web01', 'alpha');
  const run = await moveWhileOthers('domjobabort', control);
  expect(run.result, run.stderr).toMatchObject({
    ...{ outcome: 'failed', runningOn: 'source' },
    error: { cause: expect.stringMatching(/^Somebody else told the source’s daemon to stop/) as string },
  });
  expect(run.result).not.toHaveProperty('acts');
  await expectRunsOn(lab, 'alpha', 'web01', before);
});

/* What they ask for waits in the daemon until the move is over, and then there is no such guest: nothing is to be told. */
it.each(['undefine', 'reset'])('%s, which its source does not take meanwhile', async (verb) => {
  const before = await guestLine(lab, 'web01', 'alpha');
  const run = await moveWhileOthers(verb, 'managed');
  expect(run.othersCode).toBe(1);
  expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
  expect(run.result).not.toHaveProperty('acts');
  await expectRunsOn(lab, 'beta', 'web01', before);
});
