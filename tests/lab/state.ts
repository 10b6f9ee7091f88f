import { writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stateDir } from './layout.ts';

const completeFile = join(stateDir, 'complete');

/** Says that `up` went to its end; gone with the state folder. */
export async function markComplete(): Promise<void> {
  await writeFile(completeFile, '');
}

export function isComplete(): boolean {
  return existsSync(completeFile);
}
