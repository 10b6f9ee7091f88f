import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { basename, join } from 'node:path';
import { messageOf } from '../../../electron/common/errors.ts';
import { cgroupOf, inCgroup, killCgroup, namespaceLeaderIn } from '../cgroups.ts';
import { LabError } from '../errors.ts';
import { stateDir } from '../layout.ts';
import { takeLock, tokenVariable } from '../lock.ts';
import { requireRootOnDebian } from '../prerequisites.ts';
import { sysctls } from '../sysctl.ts';
import type { KeeperReport } from './second-lab.ts';

/*
 * Keeps the namespaces of a second lab for the process that started this one, and removes all of them when that process
 * says so or is gone, however it went. `VIADUCT_LAB_DIR` is the second lab's.
 *
 * The namespaces end with their process 1, and that ends when this process does, so even a keeper that was killed
 * leaves no process, mount or network behind; the folder and the empty cgroup that are left then, the next one removes.
 */

/** Process 1 has to wait for whatever is handed to it, and a shell that waits for a child of its own does. */
const settleAndStay = '"$@" && echo ready && sleep infinity';

async function removeAll(cgroup: string): Promise<void> {
  await killCgroup(cgroup);
  await sysctls.restore();
  await rm(stateDir, { recursive: true, force: true });
}

/** @returns the process that the namespaces live and die with, as this process sees it */
async function startNamespaces(cgroup: string): Promise<number> {
  await mkdir(cgroup, { recursive: true });
  const dieWithKeeper = ['setpriv', '--pdeathsig=KILL', '--'];
  const apart = ['--net', '--mount', '--propagation=private', '--cgroup', '--pid', '--mount-proc'];
  const unshare = ['unshare', ...apart, '--fork', '--kill-child=KILL', '--'];
  const settle = [process.execPath, join(import.meta.dirname, 'own-view.ts')];
  const argv = [...dieWithKeeper, ...unshare, 'sh', '-c', settleAndStay, 'sh', ...settle];
  const [program = '', ...args] = inCgroup(cgroup, argv);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit'),
  ])) as [unknown];
  const leader = await namespaceLeaderIn(cgroup);
  if (line !== 'ready' || leader === undefined) {
    throw new LabError('lab-command-failed', 'The namespaces of the second lab could not be made.');
  }
  return leader;
}

const over = Promise.race([
  once(process, 'disconnect'),
  ...(['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => once(process, signal)),
]);

try {
  await requireRootOnDebian();
  await using held = new AsyncDisposableStack();
  held.use(await takeLock('a second lab'));
  const cgroup = await cgroupOf(basename(stateDir));
  await removeAll(cgroup);
  held.defer(() => removeAll(cgroup));
  const leader = await startNamespaces(cgroup);
  const report: KeeperReport = { leader, cgroup, lockToken: process.env[tokenVariable] ?? '' };
  // Nobody may be there any more to hear it.
  process.send?.(report, undefined, undefined, () => undefined);
  await over;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
