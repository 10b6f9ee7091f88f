import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { noVault } from '../../electron/authorities/no-vault.ts';
import { defaultPlanOptions } from '../../electron/engine/plan.ts';
import type { Backend, BackendClient } from '../../electron/ipc/backend.ts';
import type { Command, Reply, Request, Responses } from '../../electron/ipc/contract.ts';
import { createBackend } from '../../electron/ipc/create-backend.ts';
import type { MigrationSnapshot, ReviewSnapshot } from '../../electron/ipc/views.ts';
import { Lab } from './lab.ts';
import { expectRunsOn, guestLine } from './support/guest-proof.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const MiB = 1024 ** 2;
let lab: Lab;
let home: string;
let backend: Backend;
let client: BackendClient;
let review: ReviewSnapshot | undefined;
let migration: MigrationSnapshot | undefined;

/** What the screen would send, as it would be answered. */
async function ask<C extends Command>(command: C, request: Request<C>): Promise<Responses[C]> {
  const reply = (await client.dispatch(command, request)) as Reply<C>;
  if (!reply.ok) throw new Error(`${command}: ${reply.error.message}`);
  return reply.value;
}

function until<T>(what: string, find: () => T | undefined): Promise<T> {
  const found = (): T => {
    const value = find();
    if (value === undefined) throw new Error(`Waiting until ${what}.`);
    return value;
  };
  return vi.waitFor(found, { timeout: 120_000, interval: 100 });
}

beforeAll(async () => {
  lab = await Lab.attach();
  await lab.reset();
  home = await mkdtemp(join(tmpdir(), 'viaduct-tuning-'));
  backend = await createBackend({
    home,
    shell: 'browser',
    version: '0',
    vault: noVault('Not here.'),
    tell: () => undefined,
  });
  client = backend.attach((event, payload) => {
    if (event === 'review') review = payload as ReviewSnapshot;
    if (event === 'migration') migration = payload as MigrationSnapshot;
  });
});

afterAll(async () => {
  client.detach();
  await backend.close();
  await rm(home, { recursive: true, force: true });
});

it('a move that is held back goes at once when its limit is lifted, and tells what was done', async () => {
  const before = await guestLine(lab, 'web01', 'alpha');
  const [sourceHostId, destinationHostId] = [
    (await ask('hosts.add', { connectUri: lab.sshUri('alpha') })).hostId,
    (await ask('hosts.add', { connectUri: lab.sshUri('beta') })).hostId,
  ];
  const guestUuid = (await lab.virsh('alpha', ['domuuid', 'web01'])).trim();
  const options = { ...defaultPlanOptions, bandwidthMiBps: 1 };
  const { reviewId } = await ask('migrations.review', {
    ...{ guestUuid, sourceHostId, destinationHostId, options },
  });
  await until('the review is done', () => (review?.state === 'done' ? review : undefined));
  expect(review?.canMigrate, review?.sentence).toBe(true);
  const { migrationId } = await ask('migrations.start', { reviewId });
  const slow = await until('memory moves', () =>
    (migration?.progress?.memory.processedBytes ?? 0) > 2 * MiB ? migration : undefined,
  );
  expect(slow.progress?.memory.bandwidthBps).toBeLessThan(8 * MiB);
  expect(slow.tuning).toMatchObject({
    bandwidth: { possible: true },
    throttle: { possible: false, sentence: expect.stringContaining('before the guest starts') as string },
    postCopy: { possible: false, sentence: expect.stringContaining('has to be allowed') as string },
  });

  expect(await ask('migrations.postCopy', { migrationId })).toMatchObject({ accepted: false });
  expect(
    await ask('migrations.tune', { migrationId, bandwidthMiBps: null, maxDowntimeMs: 2_000 }),
  ).toMatchObject({ accepted: true });
  const { result, actions } = await until('it is over', () => (migration?.result ? migration : undefined));
  expect(result).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
  expect(actions.map(({ action, by, state }) => [action, by, state])).toEqual([
    ['bandwidth', 'admin', 'done'],
    ['max-downtime', 'admin', 'done'],
  ]);
  expect(await ask('migrations.tune', { migrationId, bandwidthMiBps: 5 })).toMatchObject({ accepted: false });
  await expectRunsOn(lab, 'beta', 'web01', before);
});
