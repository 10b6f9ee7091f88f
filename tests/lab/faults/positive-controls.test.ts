import { beforeAll, describe, expect, it, vi } from 'vitest';
import { canaryBytes, Lab } from '../lab.ts';
import { isLongRun } from '../proofs/long-run.ts';
import { viaduct, type ViaductRun } from '../support/viaduct.ts';
import { caseNamed } from './draw.ts';
import { runFaults } from './run-faults.ts';
import { anyHostKey, DefectiveTree, plainTransport, seededDefects } from './seeded-defects.ts';

/*
 * Mistakes put into the program on purpose, each in a tree of its own: an oracle that has never failed proves nothing.
 * `npm run proofs -- controls` goes through all of them, `npm test` through one.
 */

vi.setConfig({ testTimeout: 600_000 });

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});

describe('a mistake is noticed', () => {
  it.each(isLongRun ? seededDefects : seededDefects.slice(0, 1))('$name: $caughtAs', async (defect) => {
    await using tree = await DefectiveTree.build(defect);
    const [report] = await runFaults({ lab, cases: [caseNamed(defect.fault)], tree: tree.path });
    expect(report?.seen.map(({ violation }) => violation)).toContain(defect.caughtAs);
  });

  it.runIf(isLongRun)(`${plainTransport.name}: by a capture`, async () => {
    await using tree = await DefectiveTree.build(plainTransport);
    await using capture = await lab.capture();
    const run = await move(tree);
    expect(run.result, run.stderr).toMatchObject({ outcome: 'migrated', mode: 'native-tls' });
    expect(await (await capture.stop()).count(canaryBytes)).toBeGreaterThan(0);
    await lab.reset();
  });

  it.runIf(isLongRun)(`${anyHostKey.name}: by a host that is not on record`, async () => {
    await using tree = await DefectiveTree.build(anyHostKey);
    const uri = lab.sshUri('beta').replace(lab.knownHosts, '/dev/null');
    const [sound, defective] = [
      await viaduct(['guests', uri]),
      await viaduct(['guests', uri], { tree: tree.path }),
    ];
    expect(sound.code).not.toBe(0);
    expect(defective.code, defective.stderr).toBe(0);
  });
});

function move(tree: DefectiveTree): Promise<ViaductRun> {
  const ends = ['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')];
  return viaduct(['migrate', 'web01', '--json', ...ends], { tree: tree.path });
}
