import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HostMonitor } from '../../electron/hosts/host-monitor.ts';
import { ManagedHost } from '../../electron/hosts/managed-host.ts';
import type { HostSnapshot } from '../../electron/hosts/snapshots.ts';
import { procedures } from '../../electron/libvirt/index.ts';
import { noPrompts } from '../../electron/ssh/prompts.ts';
import { Lab, waitFor } from './lab.ts';

let lab: Lab;
let home: string;
let monitor: HostMonitor;
let seen: HostSnapshot[];

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
});
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'viaduct-monitor-'));
  seen = [];
});
afterEach(async () => {
  await monitor.close();
  await rm(home, { recursive: true, force: true });
});

function watch(connectUri: string): void {
  const host = new ManagedHost(connectUri, { home, prompts: noPrompts });
  const see = () => void seen.push(monitor.snapshot());
  monitor = new HostMonitor('alpha', host, { state: see, guests: () => undefined });
  monitor.start();
}

function newest(
  what: string,
  holds: (snapshot: HostSnapshot) => boolean,
  timeoutMs = 20_000,
): Promise<HostSnapshot> {
  const probe = () => {
    const last = seen.at(-1);
    return Promise.resolve(last && holds(last) ? last : undefined);
  };
  return waitFor(what, probe, { timeoutMs, intervalMs: 50 });
}

const stateOf = (snapshot: HostSnapshot, guest: string) =>
  snapshot.guests?.find(({ name }) => name === guest)?.state;

describe.each(['ssh', 'tls'] as const)('a watched host over %s', (transport) => {
  const uri = () => (transport === 'ssh' ? lab.sshUri('alpha') : lab.tlsUri('alpha'));

  it('is listed once and then follows its events', async () => {
    watch(uri());
    const first = await newest('the first list of guests', ({ guests }) => guests !== undefined);
    expect(first.guests?.map(({ name, state }) => [name, state]).toSorted()).toEqual([
      ['db01', 'running'],
      ['web01', 'running'],
    ]);
    await newest('the versions are known', ({ versions }) => /^\d+\.\d+\.\d+$/.test(versions?.libvirt ?? ''));

    await lab.virsh('alpha', ['suspend', 'db01']);
    await newest('db01 shows as paused', (snapshot) => stateOf(snapshot, 'db01') === 'paused', 5000);
    await lab.virsh('alpha', ['resume', 'db01']);
    await newest('db01 shows as running', (snapshot) => stateOf(snapshot, 'db01') === 'running', 5000);
    await newest('the load is known', ({ load }) => load?.cpuUsed !== undefined);

    const generations = seen.map(({ generation }) => generation);
    expect(generations).toEqual(generations.toSorted((a, b) => a - b));
    expect(new Set(generations).size).toBe(generations.length);
  });

  it('comes back by itself after its daemon was killed, with what happened meanwhile', async () => {
    watch(uri());
    await newest('the host is connected', ({ connection }) => connection.kind === 'connected');
    expect(await lab.killProcess('alpha', /libvirtd/)).toBeGreaterThan(0);
    const lost = await newest('the loss is seen', ({ connection }) => connection.kind === 'reconnecting');
    expect(lost.guests, 'the guests seen last').toHaveLength(2);
    await lab.virsh('alpha', ['suspend', 'db01']);
    const back = await newest(
      'the host is connected again, db01 paused',
      (snapshot) => snapshot.connection.kind === 'connected' && stateOf(snapshot, 'db01') === 'paused',
      60_000,
    );
    expect(back.guests).toHaveLength(2);
    await lab.virsh('alpha', ['resume', 'db01']);
    await newest('events flow again', (snapshot) => stateOf(snapshot, 'db01') === 'running', 5000);
  });
});

it('reads a guest’s definition when it is looked at, and again when its devices change', async () => {
  watch(lab.tlsUri('alpha'));
  const first = await newest('the first list of guests', ({ guests }) => guests !== undefined);
  const find = ({ guests }: HostSnapshot) => guests?.find(({ name }) => name === 'db01');
  expect(find(first)).toMatchObject({ details: 'unread', disks: [], obstacles: [] });
  expect(find(first)?.vcpus).toBeGreaterThan(0);
  expect(find(first)?.memoryBytes).toBeGreaterThan(0);
  await monitor.describe([find(first)?.uuid ?? '']);
  const read = await newest('db01 is described', (snapshot) => find(snapshot)?.details === 'read');
  expect(find(read)?.disks).not.toEqual([]);
});

it('watches over a read-only connection, through the daemon’s read-only socket', async () => {
  const host = new ManagedHost(lab.sshUri('alpha'), { home, prompts: noPrompts, readOnly: true });
  const see = () => void seen.push(monitor.snapshot());
  monitor = new HostMonitor('alpha', host, { state: see, guests: () => undefined });
  monitor.start();
  const first = await newest('the first list of guests', ({ guests }) => guests !== undefined);
  expect(first.readOnly?.reason).toContain('for reading only');
  const [guest] = first.guests ?? [];
  const dom = { uuid: guest?.uuid ?? '', name: '', id: -1 };
  const client = await host.control();
  await expect(client.call(procedures.domainDestroy, { dom })).rejects.toMatchObject({ code: 'read-only' });
  await lab.virsh('alpha', ['suspend', 'db01']);
  await newest('db01 shows as paused', (snapshot) => stateOf(snapshot, 'db01') === 'paused', 5000);
  await lab.virsh('alpha', ['resume', 'db01']);
});

it('does not try again by itself where a person has to act', async () => {
  watch(lab.sshUri('alpha').replace(/known_hosts=[^&]*/, 'known_hosts=/dev/null'));
  const lost = await newest('the host is given up', ({ connection }) => connection.kind === 'lost');
  expect(lost.connection).toMatchObject({ sentence: expect.stringContaining('SHA256:') as string });
  expect(lost.connection).toHaveProperty('remedy');
});
