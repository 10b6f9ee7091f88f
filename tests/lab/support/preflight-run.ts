import { expect } from 'vitest';
import { hosts, type HostName, type Lab } from '../lab.ts';
import { hostFingerprint } from './host-fingerprint.ts';
import { viaduct, type JsonLine, type ViaductRun } from './viaduct.ts';

/** A preflight from alpha to beta, over SSH as root, as a script runs it. */
export function preflight(lab: Lab, guest: string, args: readonly string[] = []): Promise<ViaductRun> {
  const ends = ['--source', lab.sshUri('alpha'), '--destination', lab.sshUri('beta')];
  return viaduct(['preflight', guest, '--json', ...ends, ...args]);
}

export function findingsAt({ lines }: ViaductRun, ...levels: string[]): JsonLine[] {
  return lines.filter(({ type, level }) => type === 'check' && levels.includes(String(level)));
}

/** What a preflight may not change: content and modes of files, units, definitions, pools, ports, firewalls. */
export async function wholeHost(lab: Lab, host: HostName): Promise<string> {
  // What the daemon keeps of its guests while they run is its own affair, and goes on changing.
  const folders = ['/etc', '/root', '/srv', '/usr/local', '/var/lib/libvirt/images'];
  const prune = ['-path', '/etc/mtab', '-prune', '-o'];
  const parts = await Promise.all([
    lab.mustRun(host, ['find', ...folders, ...prune, '-printf', '%p %y %m %u %g %l\n'], {
      timeoutMs: 120_000,
    }),
    lab.mustRun(host, ['find', ...folders, '-type', 'f', '-exec', 'sha256sum', '{}', '+'], {
      timeoutMs: 120_000,
    }),
    lab.mustRun(host, ['systemctl', 'list-unit-files', '--no-legend', '--no-pager']),
    lab.virsh(host, ['list', '--all', '--name']),
    lab.virsh(host, ['pool-list', '--all']),
    lab.virsh(host, ['net-list', '--all']),
    lab.mustRun(host, ['ss', '-Hltn']),
    lab.mustRun(host, ['nft', '--stateless', 'list', 'ruleset']),
    lab.mustRun(host, ['find', '/run', '/tmp', '/var/tmp', '-name', '*viaduct*', '-not', '-name', '*.lock']),
  ]);
  const isLogin = (line: string): boolean => /^session-.*\.scope/.test(line);
  const lines = parts.flatMap((text) =>
    text
      .split('\n')
      .filter((line) => !isLogin(line))
      .sort(),
  );
  return lines.join('\n');
}

export async function bothHosts(lab: Lab): Promise<string[]> {
  return Promise.all((Object.keys(hosts) as HostName[]).map((host) => wholeHost(lab, host)));
}

function fingerprints(lab: Lab): Promise<string[]> {
  return Promise.all((Object.keys(hosts) as HostName[]).map((host) => hostFingerprint(lab, host)));
}

export interface Expected {
  /** Of the one finding. */
  id: string;
  /** What its summary says. */
  words: RegExp;
  /** What it says to do; any words by default. */
  remedy?: RegExp;
  guest?: string;
  args?: readonly string[];
}

/** The preflight finds this one thing, says what to do, and refuses; both hosts are as before. */
export async function expectOnlyError(lab: Lab, expected: Expected): Promise<void> {
  const run = await expectOnly(lab, ['error'], expected);
  expect(run.code).toBe(3);
}

/** It finds this one thing, which a person is to judge, and would go on; both hosts are as before. */
export async function expectOnlyWarning(lab: Lab, expected: Expected): Promise<void> {
  const run = await expectOnly(lab, ['warning', 'error'], expected);
  expect(run.code).toBe(0);
}

async function expectOnly(
  lab: Lab,
  levels: readonly ['error'] | readonly ['warning', 'error'],
  { id, words, remedy = /./, guest = 'spare', args = [] }: Expected,
): Promise<ViaductRun> {
  const before = await fingerprints(lab);
  const run = await preflight(lab, guest, args);
  expect(findingsAt(run, ...levels), run.stdout + run.stderr).toEqual([
    expect.objectContaining({
      id,
      level: levels[0],
      summary: expect.stringMatching(words) as string,
      remedy: expect.stringMatching(remedy) as string,
    }),
  ]);
  // A listener of the port check that nobody reached ends by itself after four seconds.
  await expect.poll(() => fingerprints(lab), { timeout: 15_000, interval: 500 }).toEqual(before);
  return run;
}
