/** A file of a set, and what it replaced. */
export interface ReplacedFile {
  path: string;
  /** Whether there was a file before, which is kept beside it. */
  was: 'old' | 'absent';
  /** SHA-256 of the file of the set, in hexadecimal. */
  digest: string;
}

/** What stands in the host's own file of what its newest set replaced. */
export interface ReplacedSet {
  files: ReplacedFile[];
  /** Folders that were made for the set. */
  madeFolders: string[];
}

export function parseReplacedSet(text: string): ReplacedSet {
  const files: ReplacedFile[] = [];
  const madeFolders: string[] = [];
  for (const line of text.split('\n')) {
    const [, was, digest, path] = /^(old|absent) ([0-9a-f]{64}) (\/.*)$/.exec(line) ?? [];
    if (digest !== undefined && path !== undefined) {
      files.push({ path, digest, was: was === 'old' ? 'old' : 'absent' });
    }
    const [, folder] = /^folder made - - (\/.*)$/.exec(line) ?? [];
    if (folder !== undefined) madeFolders.push(folder);
  }
  return { files, madeFolders };
}
