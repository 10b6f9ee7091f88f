import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../common/errors.ts';
import { SshError } from './errors.ts';
import { knownHostLine, parseKnownHosts, type KnownHostEntry } from './known-hosts.ts';

/** Far above any real file: sites with ten thousand hosts stay under 10 MiB. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** The entries of all `files` in order; a file that does not exist counts as empty. */
export async function loadKnownHosts(files: readonly string[]): Promise<KnownHostEntry[]> {
  const loaded = await Promise.all(files.map(loadFile));
  return loaded.flat();
}

async function loadFile(file: string): Promise<KnownHostEntry[]> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) throw new Error('it is larger than 32 MiB');
    return parseKnownHosts(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (isMissing(error)) return [];
    throw new SshError(
      'ssh-key-unreadable',
      `The known-hosts file ${file} cannot be read: ${messageOf(error)}.`,
      { cause: error, remedy: 'Check its owner and mode, or name another file with known_hosts=.' },
    );
  }
}

/**
 * Records an accepted key; on return it is on disk.
 *
 * One appended write: another program that adds a line at the same time loses nothing. A new file gets mode
 * 0600, its folder 0700.
 */
export async function appendKnownHost(
  file: string,
  host: string,
  port: number,
  key: Uint8Array,
): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, 'a+', 0o600);
    try {
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      const separator = size > 0 && last[0] !== 0x0a ? '\n' : '';
      await handle.write(separator + knownHostLine(host, port, key));
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new SshError(
      'ssh-key-unreadable',
      `The accepted host key of ${host} cannot be written to ${file}: ${messageOf(error)}.`,
      { cause: error, remedy: 'Make the file writable, or name another with known_hosts=.' },
    );
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
