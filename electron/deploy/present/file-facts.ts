import type { HostProbe } from '../../setup/facts/host-probe.ts';
import { modeText } from './words.ts';

/** Owner and mode of a file or folder that is there. */
export interface FileFacts {
  mode: number;
  uid: number;
  gid: number;
}

/** By path; what is not there is not in it. Links are followed. */
export async function fileFacts(
  probe: HostProbe,
  paths: readonly string[],
): Promise<ReadonlyMap<string, FileFacts>> {
  const { output } = await probe.askAsRoot(['stat', '-L', '-c', '%a %u %g %n', '--', ...paths]);
  return parseFileFacts(output);
}

export function parseFileFacts(output: string): ReadonlyMap<string, FileFacts> {
  const found = new Map<string, FileFacts>();
  for (const line of output.split('\n')) {
    const [, mode, uid, gid, path] = /^([0-7]{1,5}) (\d{1,10}) (\d{1,10}) (\/.*)$/.exec(line) ?? [];
    if (mode === undefined || path === undefined) continue;
    found.set(path, { mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) });
  }
  return found;
}

/** What is wrong with owner and mode of a file, as the rest of a sentence; `undefined`: nothing that matters. */
export function ownershipFault(
  { mode, uid, gid }: FileFacts,
  wanted: { mode: number; gid: number },
): string | undefined {
  const permissions = mode & 0o7777;
  if ((permissions & ~wanted.mode) !== 0) {
    return `has the mode ${modeText(permissions)}, which is wider than ${modeText(wanted.mode)}`;
  }
  if (uid !== 0) return `belongs to the user ${uid}, not to root`;
  if ((wanted.mode & 0o444 & ~permissions) !== 0) {
    return `has the mode ${modeText(permissions)}, with which not all can read it that have to (${modeText(wanted.mode)})`;
  }
  const byGroupAlone = (wanted.mode & 0o044) === 0o040;
  return byGroupAlone && gid !== wanted.gid
    ? `belongs to the group ${gid}, not to ${wanted.gid}, which has to read it`
    : undefined;
}
