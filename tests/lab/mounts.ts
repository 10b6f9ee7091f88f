import { readFile } from 'node:fs/promises';
import { execute, mustRun } from './command.ts';

/** Everything mounted at or below a folder, innermost first: the order in which it can be unmounted. */
export async function mountsBelow(dir: string): Promise<string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  return table
    .split('\n')
    .map((line) => unescapeMountPath(line.split(' ')[1] ?? ''))
    .filter((path) => path === dir || path.startsWith(`${dir}/`))
    .reverse();
}

/** /proc/mounts writes blanks, tabs, line ends and backslashes as three octal digits; see proc(5). */
function unescapeMountPath(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_match, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** Unmounts everything at or below a folder; what is still in use goes away as soon as it no longer is. */
export async function unmountBelow(dir: string): Promise<void> {
  for (const path of await mountsBelow(dir)) {
    const result = await execute(['umount', path]);
    if (result.exitCode !== 0) await mustRun(['umount', '--lazy', path]);
  }
}
