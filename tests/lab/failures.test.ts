import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from './lab.ts';
import { expectRunsOn, guestLine } from './support/guest-proof.ts';
import { viaduct, type JsonLine, type ViaductRun } from './support/viaduct.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
});
beforeEach(() => lab.reset());

/** Moves web01 from alpha to beta, slowly, and does `harm` once when the copy is well under way. */
async function moveAndHarm(harm: () => Promise<unknown>): Promise<ViaductRun> {
  let harmed: Promise<unknown> | undefined;
  const run = await viaduct(
    [
      ...['migrate', 'web01', '--json', '--bandwidth', '80'],
      ...['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')],
    ],
    {
      onLine: (line: JsonLine) => {
        if (line.type === 'progress' && Number(line['percent']) >= 20) harmed ??= harm();
      },
    },
  );
  expect(harmed, 'the copy got under way').toBeDefined();
  await harmed;
  return run;
}

describe('a move that breaks leaves the guest running on the source, once, and says so', () => {
  it.each<[string, () => Promise<unknown>]>([
    ["the destination's QEMU is killed", () => lab.killProcess('beta', /qemu-system.*guest=web01/)],
    ["the destination's libvirtd is killed", () => lab.killProcess('beta', /libvirtd/)],
    ["the source's libvirtd is killed", () => lab.killProcess('alpha', /libvirtd/)],
    ["the destination's sshd sessions are killed", () => lab.killProcess('beta', /sshd: root/)],
    ["the source's sshd sessions are killed", () => lab.killProcess('alpha', /sshd: root/)],
  ])('%s', async (_what, harm) => {
    const before = await guestLine(lab, 'web01', 'alpha');
    const run = await moveAndHarm(harm);
    expect(run.result, run.stderr).toMatchObject({ outcome: 'failed', runningOn: 'source' });
    expect(run.code).toBe(4);
    expect(run.result?.['error']).toMatchObject({
      message: expect.any(String) as string,
      remedy: expect.any(String) as string,
    });
    expect(await lab.whereRuns('web01')).toEqual({ alpha: 'running', beta: 'absent' });
    await expectRunsOn(lab, 'alpha', 'web01', before);
    const again = await viaduct([
      ...['migrate', 'web01', '--json'],
      ...['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')],
    ]);
    expect(again.result, again.stderr).toMatchObject({ outcome: 'migrated' });
  });
});

describe('ports that are closed are found before anything is touched', () => {
  it.each(['drop', 'reject'] as const)('data ports, %s', async (verdict) => {
    await using blocks = new AsyncDisposableStack();
    blocks.use(await lab.blockPort('beta', { from: 49_152, to: 49_215 }, verdict));
    const run = await viaduct([
      ...['migrate', 'web01', '--json'],
      ...['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')],
    ]);
    expect(run.code).toBe(3);
    expect(run.result).toMatchObject({ outcome: 'refused', error: { code: 'network.ports' } });
    expect(await lab.whereRuns('web01')).toEqual({ alpha: 'running', beta: 'absent' });
  });
});
