import { readFile } from 'node:fs/promises';
import { execute, mustRun } from './command.ts';

export interface Mount {
  source: string;
  path: string;
  type: string;
}

/** What is mounted for this process, in the order in which it was. */
export async function mountTable(): Promise<Mount[]> {
  const table = await readFile('/proc/self/mounts', 'utf8');
  return table
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [source = '', path = '', type = ''] = line.split(' ');
      return { source, path: unescapeMountPath(path), type };
    });
}

/** Everything mounted at or below a folder, innermost first: the order in which it can be unmounted. */
export async function mountsBelow(dir: string): Promise<string[]> {
  const mounts = await mountTable();
  return mounts
    .map(({ path }) => path)
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
