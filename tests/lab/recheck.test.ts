import { expect, it, vi } from 'vitest';
import { defaultPlanOptions } from '../../electron/engine/plan.ts';
import type { ReviewSnapshot } from '../../electron/ipc/views.ts';
import { screenOverLab, until } from './support/screen-backend.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const key = '/etc/pki/qemu/server-key.pem';
const over = screenOverLab();

const reviewed = ({ screen }: typeof over): Promise<ReviewSnapshot> =>
  until('the checks are done', () => (screen.review?.state === 'done' ? screen.review : undefined));

const errors = ({ findings }: ReviewSnapshot) => findings.filter(({ level }) => level === 'error');

it('one check is run again alone once what it found was mended, and the rest stands', async () => {
  const { lab, screen } = over;
  await lab.mustRun('beta', ['chmod', '0600', key]);
  const hosts = await screen.addHosts(lab);
  const guestUuid = (await lab.virsh('alpha', ['domuuid', 'web01'])).trim();
  const { reviewId } = await screen.ask('migrations.review', {
    ...{ guestUuid, ...hosts, options: defaultPlanOptions },
  });
  const blocked = await reviewed(over);
  expect(blocked.canMigrate).toBe(false);
  const [broken, ...others] = errors(blocked);
  expect(others).toEqual([]);
  const check = broken?.check ?? 'none';
  expect(broken?.reason).toMatch(/QEMU opens these files as its own account/);
  await expect(screen.ask('migrations.recheck', { reviewId, check: 'none' })).rejects.toThrow(
    /No check "none"/,
  );

  await screen.ask('migrations.recheck', { reviewId, check });
  await expect(screen.ask('migrations.recheck', { reviewId, check })).rejects.toThrow(
    'The checks still run.',
  );
  const still = await reviewed(over);
  expect(errors(still)).toEqual([broken]);
  expect(still.canMigrate).toBe(false);

  await lab.mustRun('beta', ['chmod', '0640', key]);
  const toldBefore = screen.reviews.length;
  await screen.ask('migrations.recheck', { reviewId, check });
  const mended = await reviewed(over);
  expect(mended.canMigrate, mended.sentence).toBe(true);
  expect(errors(mended)).toEqual([]);
  const titles = new Set(screen.reviews.slice(toldBefore).flatMap(({ pending }) => pending));
  expect(titles.size, [...titles].join(', ')).toBe(1);
  const ofOthers = ({ findings }: ReviewSnapshot) =>
    findings.filter((finding) => finding.check !== undefined && finding.check !== check);
  expect(ofOthers(mended)).toEqual(ofOthers(blocked));
});
