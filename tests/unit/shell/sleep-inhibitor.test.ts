import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  SleepInhibitor,
  wakefulCommand,
  type WakefulCommand,
} from '../../../electron/shell/sleep-inhibitor.ts';

let folder: string;
let mark: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'viaduct-awake-'));
  mark = join(folder, 'pid');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes its process id down and waits, as systemd-inhibit and caffeinate do around `cat`. */
const waiting = (): WakefulCommand => [
  'sh',
  '-c',
  'echo $$ >"$1.new"; mv "$1.new" "$1"; exec cat',
  'sh',
  mark,
];

const begun = (): Promise<number> => vi.waitFor(() => Number(readFileSync(mark, 'utf8')), { timeout: 5_000 });

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
const ended = (pid: number): Promise<void> =>
  vi.waitFor(() => expect(lives(pid), `process ${pid}`).toBe(false), { timeout: 5_000 });

describe('this machine is kept awake', () => {
  it('by a program that lives as long as it is held, in a session of its own, and says nothing', async () => {
    const warn = vi.fn();
    const held = new SleepInhibitor(waiting(), warn).hold();
    const pid = await begun();
    expect(lives(pid)).toBe(true);
    const session = execFileSync('ps', ['-o', 'sid=', '-p', String(pid)], { encoding: 'utf8' });
    expect(Number(session)).toBe(pid);
    held[Symbol.dispose]();
    await ended(pid);
    expect(warn).not.toHaveBeenCalled();
  });

  it('and no longer than this process lives, however that ends', async () => {
    const module = join(import.meta.dirname, '..', '..', '..', 'electron', 'shell', 'sleep-inhibitor.ts');
    const script = `
      const { SleepInhibitor } = await import(${JSON.stringify(module)});
      new SleepInhibitor(${JSON.stringify(waiting())}, () => undefined).hold();
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    const pid = await begun();
    parent.kill('SIGKILL');
    await ended(pid);
  });

  it.each<[string, WakefulCommand | undefined, string]>([
    ['has no such program', ['viaduct-no-such-program'], 'viaduct-no-such-program cannot be run'],
    ['refuses', ['sh', '-c', 'exit 3'], 'sh ended with status 3'],
    ['is not known', undefined, 'nothing is known here'],
  ])('or that it is not is said once, where the system %s', async (_what, command, words) => {
    const told: string[] = [];
    const inhibitor = new SleepInhibitor(command, (sentence) => told.push(sentence));
    const holds = [inhibitor.hold(), inhibitor.hold()];
    await vi.waitFor(() => expect(told).toHaveLength(1));
    // What the second would say has come by now.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(told).toEqual([expect.stringMatching(new RegExp(`^This machine may go to sleep.*${words}`))]);
    for (const held of holds) held[Symbol.dispose]();
    expect(existsSync(mark)).toBe(false);
  });
});

it.each([
  ['linux', 'systemd-inhibit'],
  ['darwin', 'caffeinate'],
  ['win32', undefined],
] as const)('on %s it is %s that keeps it awake', (platform, program) => {
  const command = wakefulCommand(platform);
  expect(command?.[0]).toBe(program);
  if (command !== undefined) expect(command.at(-1), 'it ends with its standard input').toBe('cat');
});
