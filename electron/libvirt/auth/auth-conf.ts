import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import { AuthError } from './auth-error.ts';
import type { Credentials } from './sasl-mechanism.ts';

export interface AuthConf {
  readonly credentials: Credentials | undefined;
  /** Sentences for the admin about the file. */
  readonly warnings: readonly string[];
}

const maxFileBytes = 1_048_576;
const readableByOthers = 0o044;

/**
 * What the credentials file of libvirt's own client says for a host (docs/auth.rst). One file is read: the one that
 * the URI's `authfile` names, else `LIBVIRT_AUTH_FILE`, else the user's, else the system's.
 *
 * @param host as it stands in the URI; `localhost` for none
 * @throws {AuthError} `auth-file` when a file that was named is missing, or one that is there cannot be used
 */
export async function readAuthConf(
  host: string,
  authfile: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<AuthConf> {
  const named = authfile ?? environment['LIBVIRT_AUTH_FILE'];
  const configDir = environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  const places =
    named === undefined ? [join(configDir, 'libvirt', 'auth.conf'), '/etc/libvirt/auth.conf'] : [named];
  for (const path of places) {
    const file = await readOptional(path);
    if (file === undefined) continue;
    const credentials = findCredentials(path, file.text, host);
    const isExposed = credentials !== undefined && (file.mode & readableByOthers) !== 0;
    const warning = `${path} has passwords and can be read by other users of this machine; "chmod 600" it.`;
    return { credentials, warnings: isExposed ? [warning] : [] };
  }
  if (named === undefined) return { credentials: undefined, warnings: [] };
  const why = authfile === undefined ? 'the variable LIBVIRT_AUTH_FILE' : 'the URI parameter authfile';
  throw new AuthError('auth-file', `There is no file ${named}, which ${why} names.`, {
    remedy: 'Name a file that is there, or leave it out to be asked.',
  });
}

/** `[auth-libvirt-HOST]` or `[auth-libvirt-default]` names a section `[credentials-NAME]`. @throws {AuthError} */
export function findCredentials(path: string, text: string, host: string): Credentials | undefined {
  const groups = parseGroups(path, text);
  const group = groups.get(`auth-libvirt-${host}`) ?? groups.get('auth-libvirt-default');
  const name = group?.get('credentials');
  if (group === undefined) return undefined;
  if (name === undefined) throw unusable(path, `its section for ${host} names no credentials`);
  const found = groups.get(`credentials-${name}`);
  if (found === undefined) throw unusable(path, `it has no section [credentials-${name}]`);
  const user = found.get('authname') ?? found.get('username');
  const password = found.get('password');
  if (user === undefined || password === undefined) {
    throw unusable(path, `[credentials-${name}] lacks the authname or the password`);
  }
  return { user, password, realm: found.get('realm') };
}

/** The key file format of GLib: sections may come in parts, a later key replaces an earlier one. */
function parseGroups(path: string, text: string): Map<string, Map<string, string>> {
  const groups = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, header] = /^\[([^[\]]+)\]\s*$/.exec(line) ?? [];
    if (header !== undefined) {
      current = groups.get(header) ?? new Map<string, string>();
      groups.set(header, current);
      continue;
    }
    const [, key, value = ''] = /^\s*([A-Za-z0-9-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    // The line itself may hold a password: only its number is told.
    if (key === undefined || current === undefined) throw unusable(path, `line ${index + 1} cannot be read`);
    current.set(key, unescaped(value));
  }
  return groups;
}

function unescaped(value: string): string {
  const escapes: Readonly<Record<string, string>> = { s: ' ', n: '\n', t: '\t', r: '\r', '\\': '\\' };
  return value.replace(/\\([sntr\\])/g, (_, letter: string) => escapes[letter] ?? letter);
}

async function readOptional(path: string): Promise<{ text: string; mode: number } | undefined> {
  try {
    await using file = await open(path);
    const { mode, size } = await file.stat();
    if (size > maxFileBytes) throw new Error('it is far too large');
    return { text: await file.readFile('utf8'), mode };
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return undefined;
    }
    throw unusable(path, 'it cannot be read', error);
  }
}

function unusable(path: string, why: string, cause?: unknown): AuthError {
  return new AuthError('auth-file', `The credentials file ${path} cannot be used: ${why}.`, {
    cause,
    remedy:
      'Mend it: [auth-libvirt-HOST] with credentials=NAME, and [credentials-NAME] with authname and password.',
  });
}
