import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sharedImagesDir } from './layout.ts';
import { Lab } from './lab.ts';
import { makeImage } from './support/guest-disks.ts';
import { bothHosts, findingsAt, preflight } from './support/preflight-run.ts';
import { startSpare } from './support/spare-guest.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

/* A pair on which nothing is wrong: no check may say that something is, and nothing may be other than before. */

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  // It writes to its disk while it runs, and the disk is compared.
  await lab.virsh('alpha', ['suspend', 'db01']);
});
afterAll(() => lab.virsh('alpha', ['resume', 'db01']));
let forOne = new AsyncDisposableStack();
afterEach(async () => {
  await forOne.disposeAsync();
  forOne = new AsyncDisposableStack();
});

const longestMs = 5_000;

async function timed(work: () => Promise<ViaductRun>): Promise<number> {
  const started = performance.now();
  const run = await work();
  expect(run.code, run.stderr).toBe(0);
  return performance.now() - started;
}

test.each<[string, readonly string[]]>([
  ['with what is chosen by default', []],
  ['driven by the source’s daemon', ['--control', 'p2p']],
  ['through a tunnel', ['--mode', 'tunnelled']],
  ['through this machine', ['--mode', 'ssh-relay']],
  ['with all that can be added', ['--parallel', '2', '--auto-converge', '--bandwidth', '100']],
])('a clean pair, %s: nothing to look at, and nothing changed', async (_words, args) => {
  const before = await bothHosts(lab);
  const run = await preflight(lab, 'web01', args);
  expect(findingsAt(run, 'warning', 'error', 'unknown'), run.stdout).toEqual([]);
  expect(findingsAt(run, 'ok').length).toBeGreaterThan(15);
  expect(run.code, run.stderr).toBe(0);
  expect(await bothHosts(lab)).toEqual(before);
});

test('the checks together take less than five seconds', async () => {
  // What both have in common: the start of the program, and the login at a host.
  const startMs = await timed(() => viaduct(['guests', lab.sshUri('alpha'), '--json']));
  expect((await timed(() => preflight(lab, 'web01'))) - startMs).toBeLessThan(longestMs);
});

test('a cache is no obstacle on storage that both hosts share', async () => {
  const path = `${sharedImagesDir}/cached.qcow2`;
  await makeImage(lab, 'alpha', { path, sizeMiB: 16, stripes: [] });
  forOne.defer(async () => {
    await lab.mustRun('alpha', ['rm', '-f', path]);
  });
  const devices = `<disk type='file' device='disk'><driver name='qemu' type='qcow2' cache='writeback'/>
    <source file='${path}'/><target dev='vda' bus='virtio'/></disk>`;
  forOne.use(await startSpare(lab, 'alpha', { devices }));
  const run = await preflight(lab, 'spare');
  expect(findingsAt(run, 'warning', 'error', 'unknown'), run.stdout).toEqual([]);
  expect(run.code, run.stderr).toBe(0);
});
