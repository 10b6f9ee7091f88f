/** Owner and mode of something on a host; links are followed. */
export interface OwnerAndMode {
  path: string;
  kind: 'file' | 'directory' | 'other';
  uid: number;
  gid: number;
  /** Permission bits, for example 0o640. */
  mode: number;
  sizeBytes: number;
}

/** A user of a host with all groups that a process of theirs has. */
export interface HostUser {
  name: string;
  uid: number;
  gids: readonly number[];
}

/**
 * What keeps `user` from reading a file, judged by owner, group and mode of the file and of every directory above
 * it; `undefined`: nothing. Access control lists and mandatory access control are not seen.
 */
export function obstacleToReading(
  user: HostUser,
  file: OwnerAndMode,
  directories: readonly OwnerAndMode[],
): OwnerAndMode | undefined {
  if (user.uid === 0) return undefined;
  const closed = directories.find((directory) => !may(user, directory, 0o1));
  if (closed !== undefined) return closed;
  return may(user, file, 0o4) ? undefined : file;
}

/** Exactly one of the three classes counts: the owner is never helped by what the others may do. */
function may(user: HostUser, of: OwnerAndMode, bit: number): boolean {
  if (user.uid === of.uid) return (of.mode & (bit << 6)) !== 0;
  if (user.gids.includes(of.gid)) return (of.mode & (bit << 3)) !== 0;
  return (of.mode & bit) !== 0;
}

/** Whether people other than the owner and its group may read or write it, and get to it through `directories`. */
export function isOpenToOthers(file: OwnerAndMode, directories: readonly OwnerAndMode[]): boolean {
  return (file.mode & 0o6) !== 0 && directories.every(({ mode }) => (mode & 0o1) !== 0);
}

/** `0640`, as `ls` and `chmod` speak of it. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** The directories from `/` down to the one that holds `path`. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, index) => `/${parts.slice(0, index).join('/')}`);
}

/** Reads the lines that `stat` prints for `statFormat`; lines of another form are skipped. */
export function parseStatOutput(output: string): OwnerAndMode[] {
  return output.split('\n').flatMap((line) => {
    const match = /^(\d+) (\d+) (\d+) (\d+) ([a-z ]+):(\/.*)$/.exec(line);
    if (match === null) return [];
    const [, mode = '', uid, gid, size, kind = '', path = ''] = match;
    return [
      {
        path,
        kind: kind.startsWith('regular') ? 'file' : kind === 'directory' ? 'directory' : 'other',
        uid: Number(uid),
        gid: Number(gid),
        mode: Number.parseInt(mode, 8) & 0o7777,
        sizeBytes: Number(size),
      },
    ];
  });
}

/** Mode, uid, gid, size, kind and path of each existing argument, a line each. */
export const statArgv = ['stat', '-L', '-c', '%a %u %g %s %F:%n', '--'] as const;
