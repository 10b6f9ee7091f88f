import { createHash } from 'node:crypto';
import { printable } from '../printable.ts';
import { HostChangeError } from './host-errors.ts';
import type { ExecLimits, ExecResult } from './host-shell.ts';
import type { RootShell } from './root-shell.ts';

/** The SHA-256 of a file in hexadecimal, or `absent`. */
export type Digest = string;

export interface HostFile {
  /** Where it really is, symbolic links followed. */
  path: string;
  mode: number;
  uid: number;
  gid: number;
  content: Buffer;
}

/** A file as a transaction replaces it. */
export interface FileChange {
  path: string;
  mode: number;
  uid: number;
  gid: number;
  before: Digest;
  after: Digest;
}

export function digestOf(content: Uint8Array | undefined): Digest {
  return content === undefined ? 'absent' : createHash('sha256').update(content).digest('hex');
}

/** Names beside a file that belong to one transaction: what is being written, and what was there before. */
export function namesBeside(path: string, transaction: string): { temporary: string; backup: string } {
  return { temporary: `${path}.viaduct-${transaction}.new`, backup: `${path}.viaduct-${transaction}.old` };
}

/** `undefined`: there is no such file. @throws {HostChangeError} it is no file, too large, or cannot be read. */
export async function readHostFile(
  root: RootShell,
  path: string,
  maxBytes: number,
  limits: ExecLimits = {},
): Promise<HostFile | undefined> {
  const result = await root.operate('read', [path, String(maxBytes + 1)], {
    ...limits,
    maxOutputBytes: maxBytes + 8192,
  });
  expectDone(result, `${path} could not be read`);
  const { stdout } = result;
  const head = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.length);
  const end = head.indexOf(0x0a);
  const line = head.subarray(0, Math.max(0, end)).toString('utf8');
  if (line === 'absent') return undefined;
  const facts = /^file ([0-7]{1,4}) (\d+) (\d+) (\/.*)$/.exec(line);
  if (!facts) throw new HostChangeError('host-file-unusable', `${path} is not a file.`);
  const content = Buffer.from(head.subarray(end + 1));
  if (content.length > maxBytes) {
    throw new HostChangeError('host-file-unusable', `${path} is larger than ${maxBytes} bytes.`);
  }
  const [, mode = '', uid, gid, real = ''] = facts;
  return { path: real, mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid), content };
}

/**
 * Replaces a file as a whole, keeping the old one under its backup's name: whoever reads it finds the old content
 * or the new one. Done already: nothing happens.
 *
 * @throws {HostChangeError} `host-file-changed` when it is neither the old nor the new one.
 */
export async function putHostFile(
  root: RootShell,
  change: FileChange,
  content: Uint8Array,
  transaction: string,
  limits: ExecLimits = {},
): Promise<void> {
  const { path, mode, uid, gid, before, after } = change;
  const { temporary, backup } = namesBeside(path, transaction);
  const args = [path, mode.toString(8), String(uid), String(gid), before, after, temporary, backup];
  const result = await root.operate('put', args, { ...limits, stdin: content });
  expectDone(result, `${path} could not be replaced`);
}

/** Puts the old file back: the very one, with all that it had. `after: 'any'`: whatever is there now. */
export async function restoreHostFile(
  root: RootShell,
  { path, before, after }: Pick<FileChange, 'path' | 'before' | 'after'>,
  transaction: string,
  limits: ExecLimits = {},
): Promise<void> {
  const { temporary, backup } = namesBeside(path, transaction);
  const result = await root.operate('restore', [path, before, after, temporary, backup], limits);
  expectDone(result, `${path} could not be restored`);
}

/** Copies files that a program is about to change, once; `restoreHostFile` puts them back. */
export async function keepHostFiles(
  root: RootShell,
  paths: readonly string[],
  transaction: string,
  limits: ExecLimits = {},
): Promise<void> {
  if (paths.length === 0) return;
  const names = paths.flatMap((path) => {
    const { temporary, backup } = namesBeside(path, transaction);
    return [path, temporary, backup];
  });
  expectDone(await root.operate('keep', names, limits), `${paths.join(', ')} could not be kept`);
}

/** Each path with its digest. */
export async function digestHostFiles(
  root: RootShell,
  paths: readonly string[],
  limits: ExecLimits = {},
): Promise<Record<string, Digest>> {
  if (paths.length === 0) return {};
  const result = await root.operate('digest', paths, limits);
  expectDone(result, `${paths.join(', ')} could not be read`);
  const digests = new TextDecoder().decode(result.stdout).split('\n');
  return Object.fromEntries(paths.map((path, index) => [path, digests[index] ?? '']));
}

/** Exit status 0, or an error that says what the host said. @throws {HostChangeError} */
export function expectDone({ code, stderr }: ExecResult, failure: string): void {
  if (code === 0) return;
  throw HostChangeError.ofStatus(code, failure, printable(stderr, 600).trim());
}
