import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBefore, writeBefore } from './state.ts';

/** Post-copy: QEMU's unprivileged process must be allowed to open a userfaultfd. */
const wanted: Record<string, string> = { 'vm/unprivileged_userfaultfd': '1' };

const procFile = (name: string): string => join('/proc/sys', name);

export async function setSysctls(): Promise<void> {
  const before = await readBefore();
  for (const [name, value] of Object.entries(wanted)) {
    before.sysctls[name] ??= (await readFile(procFile(name), 'utf8')).trim();
    await writeBefore(before);
    await writeFile(procFile(name), value);
  }
}

export async function restoreSysctls(): Promise<void> {
  const { sysctls } = await readBefore();
  for (const [name, value] of Object.entries(sysctls)) await writeFile(procFile(name), value);
  await writeBefore({ sysctls: {} });
}
