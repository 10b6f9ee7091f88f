import { expect, it, vi } from 'vitest';
import { defaultPlanOptions } from '../../electron/engine/plan.ts';
import { expectRunsOn, guestLine } from './support/guest-proof.ts';
import { screenOverLab, until } from './support/screen-backend.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const MiB = 1024 ** 2;
const over = screenOverLab();

it('a move that is held back goes at once when its limit is lifted, and tells what was done', async () => {
  const { lab, screen } = over;
  const before = await guestLine(lab, 'web01', 'alpha');
  const hosts = await screen.addHosts(lab);
  const guestUuid = (await lab.virsh('alpha', ['domuuid', 'web01'])).trim();
  const options = { ...defaultPlanOptions, bandwidthMiBps: 1 };
  const { reviewId } = await screen.ask('migrations.review', {
    ...{ guestUuid, ...hosts, options },
  });
  await until('the review is done', () => (screen.review?.state === 'done' ? screen.review : undefined));
  expect(screen.review?.canMigrate, screen.review?.sentence).toBe(true);
  const { migrationId } = await screen.ask('migrations.start', { reviewId });
  const slow = await until('memory moves', () =>
    (screen.migration?.progress?.memory.processedBytes ?? 0) > 2 * MiB ? screen.migration : undefined,
  );
  expect(slow.progress?.memory.bandwidthBps).toBeLessThan(8 * MiB);
  expect(slow.tuning).toMatchObject({
    bandwidth: { possible: true },
    throttle: { possible: false, sentence: expect.stringContaining('before the guest starts') as string },
    postCopy: { possible: false, sentence: expect.stringContaining('has to be allowed') as string },
  });

  expect(await screen.ask('migrations.postCopy', { migrationId })).toMatchObject({ accepted: false });
  expect(
    await screen.ask('migrations.tune', { migrationId, bandwidthMiBps: null, maxDowntimeMs: 2_000 }),
  ).toMatchObject({ accepted: true });
  const { result, actions } = await until('it is over', () =>
    screen.migration?.result ? screen.migration : undefined,
  );
  expect(result).toMatchObject({ outcome: 'migrated', runningOn: 'destination' });
  expect(actions.map(({ action, by, state }) => [action, by, state])).toEqual([
    ['bandwidth', 'admin', 'done'],
    ['max-downtime', 'admin', 'done'],
  ]);
  expect(await screen.ask('migrations.tune', { migrationId, bandwidthMiBps: 5 })).toMatchObject({
    accepted: false,
  });
  await expectRunsOn(lab, 'beta', 'web01', before);
});
