import { readFile, stat } from 'node:fs/promises';
import { leaderOf } from '../host.ts';
import type { HostLayout } from '../layout.ts';

/** Whether a change of the host is under way: its lock is held, by the kernel's table of locks (proc(5), /proc/locks). */
export async function isBeingChanged(host: HostLayout): Promise<boolean> {
  const leader = await leaderOf(host);
  const lock = await stat(`/proc/${leader ?? 0}/root/run/viaduct-setup.lock`).catch(() => undefined);
  if (lock === undefined) return false;
  const hex = (number: number) => number.toString(16).padStart(2, '0');
  // The numbers of a device as makedev(3) packs them.
  const device = `${hex((lock.dev >> 8) & 0xfff)}:${hex((lock.dev & 0xff) | ((lock.dev >> 12) & 0xfff00))}`;
  const locks = await readFile('/proc/locks', 'utf8');
  return locks.split('\n').some((line) => /\bFLOCK\b/.test(line) && line.includes(` ${device}:${lock.ino} `));
}
