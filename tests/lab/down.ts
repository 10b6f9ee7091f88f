import { rm } from 'node:fs/promises';
import { destroyHost, removeNspawnRuntimeDir } from './host.ts';
import { allHosts, stateDir } from './layout.ts';
import { unmountBelow } from './mounts.ts';
import { removeOuterNames } from './name-resolution.ts';
import { removeBridge } from './network.ts';
import { requireRootOnDebian } from './prerequisites.ts';
import type { Progress } from './progress.ts';
import { sysctls } from './sysctl.ts';

/**
 * Takes down whatever there is of a lab, however it came to be so, and leaves the outer machine as it was before
 * `up`. Only the cache stays.
 */
export async function bringDown(progress: Progress): Promise<void> {
  await requireRootOnDebian();
  await progress.step('takes the lab down', async () => {
    await Promise.all(allHosts.map(destroyHost));
    await unmountBelow(stateDir);
    await removeBridge();
    await removeNspawnRuntimeDir();
    await removeOuterNames();
    await sysctls.restore();
    await rm(stateDir, { recursive: true, force: true });
  });
}
