import { bringDown } from './down.ts';
import { takeLock } from './lock.ts';
import { progressTo } from './progress.ts';
import { bringUp } from './up.ts';

const progress = progressTo(process.stderr);
let release: (() => Promise<void>) | undefined;

/**
 * Vitest's global setup of the lab project: a lab that is up already is used and left up; one that is not is brought
 * up, and taken down at the end unless `VIADUCT_LAB_KEEP=1`.
 */
export async function setup(): Promise<void> {
  const lock = await takeLock('lab tests');
  let broughtUp = false;
  release = async () => {
    if (broughtUp && process.env['VIADUCT_LAB_KEEP'] !== '1') await bringDown(progress);
    await lock[Symbol.asyncDispose]();
  };
  try {
    broughtUp = await bringUp(progress);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

export async function teardown(): Promise<void> {
  await release?.();
}
