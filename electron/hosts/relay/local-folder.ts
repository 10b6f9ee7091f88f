import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of this machine for sockets, open to its user alone (mkdtemp: mode 0700). */
export async function makeLocalFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(process.env['XDG_RUNTIME_DIR'] || tmpdir(), 'viaduct-relay-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
