import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { ViaductError } from '../common/errors.ts';
import { parseUriAliases, resolveUriAlias, type UriAliases } from '../libvirt/index.ts';

/**
 * The connect URI that the user means: an alias or the default of a `libvirt.conf`, the user's own before the
 * system's, is replaced by what it stands for. For any URI the files are not even read.
 *
 * @throws {BadInputError} `bad-libvirt-conf`
 * @throws {ViaductError} `libvirt-conf-unreadable`
 */
export async function resolveConnectUri(text: string, environment = process.env): Promise<string> {
  if (text.includes(':')) return text;
  const given = text === '' ? (environment['LIBVIRT_DEFAULT_URI'] ?? '') : text;
  const config = environment['XDG_CONFIG_HOME'] || join(environment['HOME'] ?? homedir(), '.config');
  const files = [join(config, 'libvirt', 'libvirt.conf'), '/etc/libvirt/libvirt.conf'];
  const sources = await Promise.all(files.map(readAliases));
  return resolveUriAlias(given, sources);
}

async function readAliases(file: string): Promise<UriAliases> {
  try {
    return parseUriAliases(await readFile(file, 'utf8'), file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (error instanceof ViaductError) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return parseUriAliases('', file);
    throw new ViaductError('libvirt-conf-unreadable', `${file} cannot be read for aliases of hosts.`, {
      side: 'client',
      remedy: 'Make it readable, or give the whole connect URI instead of its alias.',
      cause: error,
    });
  }
}
