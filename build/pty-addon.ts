import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/*
 * node-pty brings compiled addons for macOS and Windows, and for Linux only its source. Its install script would want
 * Python, node-gyp and a download of headers, so that "npm ci" could fail; it is not run, and the one C++ file is
 * compiled here against the headers of the package node-api-headers. Being Node-API, the result serves Node and
 * Electron alike.
 */

const packages = join(import.meta.dirname, '..', 'node_modules');
const nodePty = join(packages, 'node-pty');

/** Where node-pty looks for its addon, in its order. */
const candidates = [
  join(nodePty, 'build', 'Release', 'pty.node'),
  join(nodePty, 'prebuilds', `${process.platform}-${process.arch}`, 'pty.node'),
];

/** The compiled addon, or `undefined` where there is none yet. */
export function ptyAddon(): string | undefined {
  return candidates.find((file) => existsSync(file));
}

/**
 * Compiles the addon where there is none; a matter of two seconds.
 *
 * @returns an error sentence, or `undefined` when it is there.
 */
export function ensurePtyAddon(): string | undefined {
  if (ptyAddon() !== undefined) return undefined;
  const folder = join(nodePty, 'build', 'Release');
  const unfinished = join(folder, `pty.node.${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const args = [
    ...['-shared', '-fPIC', '-O2', '-std=c++17', '-fvisibility=hidden', '-DNAPI_CPP_EXCEPTIONS'],
    ...['-I', join(packages, 'node-addon-api'), '-I', join(packages, 'node-api-headers', 'include')],
    join(nodePty, 'src', 'unix', 'pty.cc'),
    ...['-o', unfinished, '-pthread', '-lutil'],
  ];
  const { status, error, stderr } = spawnSync('g++', args, { encoding: 'utf8' });
  if (error) return `The terminal's addon was not compiled: g++ cannot be run (${error.message}).`;
  if (status !== 0) return `The terminal's addon was not compiled: ${stderr.trim().slice(0, 600)}`;
  renameSync(unfinished, join(folder, 'pty.node'));
  return undefined;
}
