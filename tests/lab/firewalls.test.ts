import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hosts, Lab } from './lab.ts';
import { findingsAt, preflight } from './support/preflight-run.ts';
import { viaduct, type ViaductRun } from './support/viaduct.ts';

/*
 * The firewalls that keep the kernel's rules for themselves, for real: what the checks say of them, and that they are
 * opened for the peers, and for nobody else, and closed again.
 */

let lab: Lab;
let home: string;
beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  home = await mkdtemp(join(tmpdir(), 'viaduct-firewalls-'));
});
afterAll(() => rm(home, { recursive: true }));

const onBeta = (...argv: string[]): Promise<string> => lab.mustRun('beta', argv, { timeoutMs: 60_000 });
const host = (...args: string[]): Promise<ViaductRun> =>
  viaduct(['host', ...args, '--yes', '--json'], { environment: { VIADUCT_HOME: home } });

interface Firewall {
  words: RegExp;
  start: () => Promise<unknown>;
  stop: () => Promise<unknown>;
  rules: () => Promise<string>;
}

const firewalls: [name: string, firewall: Firewall][] = [
  [
    'firewalld',
    {
      words: /^beta\.lab has a firewall of firewalld, zone public/,
      start: () => onBeta('systemctl', 'start', 'firewalld.service'),
      stop: () => onBeta('systemctl', 'stop', 'firewalld.service'),
      rules: async () => {
        const kept = await onBeta('firewall-cmd', '--permanent', '--zone=public', '--list-all');
        return kept + (await onBeta('firewall-cmd', '--zone=public', '--list-all'));
      },
    },
  ],
  [
    'ufw',
    {
      words: /^beta\.lab has a firewall of ufw/,
      start: async () => {
        await onBeta('ufw', 'allow', '22/tcp');
        await onBeta('ufw', '--force', 'enable');
      },
      stop: () => onBeta('ufw', '--force', 'reset'),
      rules: () => onBeta('ufw', 'status', 'numbered'),
    },
  ],
];

test.each(firewalls)(
  '%s is recognised, opened for the peers alone, and closed again',
  async (_name, { words, start, stop, rules }) => {
    await using after = new AsyncDisposableStack();
    after.defer(async () => {
      await stop();
    });
    await start();
    const before = await rules();

    const closed = await preflight(lab, 'web01');
    expect(closed.lines.find(({ id }) => id === 'destination.firewall')).toMatchObject({
      level: 'info',
      summary: expect.stringMatching(words) as string,
    });
    expect(findingsAt(closed, 'error').map(({ id }) => id)).toEqual(['network.ports']);

    const peers = [hosts.alpha.address, hosts.alpha.address6];
    const args = [lab.sshUri('beta'), ...peers.flatMap((address) => ['--peer', address])];
    const prepared = await host('prepare', ...args);
    expect(prepared.code, prepared.stderr).toBe(0);
    for (const address of peers) expect(await rules()).toContain(address);
    const open = await preflight(lab, 'web01');
    expect(findingsAt(open, 'error'), open.stdout).toEqual([]);
    const again = await host('prepare', ...args);
    expect(again.result, again.stderr).toMatchObject({ outcome: 'unchanged' });

    const undone = await host('undo', lab.sshUri('beta'));
    expect(undone.code, undone.stderr).toBe(0);
    expect(await rules()).toBe(before);
  },
);
