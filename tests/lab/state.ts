import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stateDir } from './layout.ts';

/** What `down` must know and cannot see: how the outer machine was before. */
export interface OuterMachineBefore {
  /** Earlier values of the kernel settings that `up` changed. */
  sysctls: Record<string, string>;
}

const file = join(stateDir, 'before.json');

export async function readBefore(): Promise<OuterMachineBefore> {
  const text = await readFile(file, 'utf8').catch(() => '{"sysctls":{}}');
  return JSON.parse(text) as OuterMachineBefore;
}

/** Written before the change it is about, so that a crash in between loses nothing. */
export async function writeBefore(before: OuterMachineBefore): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify(before)}\n`);
  await rename(`${file}.new`, file);
}

const completeFile = join(stateDir, 'complete');

/** Says that `up` went to its end; gone with the state folder. */
export async function markComplete(): Promise<void> {
  await writeFile(completeFile, '');
}

export function isComplete(): boolean {
  return existsSync(completeFile);
}
