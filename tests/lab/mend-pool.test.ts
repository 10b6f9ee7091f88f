import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { defaultPlanOptions } from '../../electron/engine/plan.ts';
import type { ReviewSnapshot } from '../../electron/ipc/views.ts';
import type { HostName } from './lab.ts';
import { type ScreenBackend, screenOverLab, until } from './support/screen-backend.ts';
import { spareUuid, startSpare } from './support/spare-guest.ts';

/* A pool that the destination lacks, or that stands still there, made and started by what the review offers. */

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const pool = 'own "shared"';
const directory = '/srv/own-pool';
const over = screenOverLab();

let hosts: Awaited<ReturnType<ScreenBackend['addHosts']>>;
let forOne = new AsyncDisposableStack();
beforeAll(async () => {
  const { lab, screen } = over;
  await lab.virsh('alpha', ['pool-define-as', pool, 'dir', '--target', directory]);
  await lab.virsh('alpha', ['pool-build', pool]);
  await lab.virsh('alpha', ['pool-start', pool]);
  await lab.virsh('alpha', ['vol-create-as', pool, 'disk.raw', '8M', '--format', 'raw']);
  hosts = await screen.addHosts(lab);
});
beforeEach(async () => {
  const source = `<source pool='own &quot;shared&quot;' volume='disk.raw'/>`;
  const devices = `<disk type='volume' device='disk'>
    <driver name='qemu' type='raw' cache='none'/>${source}<target dev='vda' bus='virtio'/></disk>`;
  forOne.use(await startSpare(over.lab, 'alpha', { devices }));
});
const removePool = async (host: HostName): Promise<void> => {
  await over.lab.run(host, ['virsh', 'pool-destroy', pool]);
  await over.lab.run(host, ['virsh', 'pool-undefine', pool]);
  await over.lab.mustRun(host, ['rm', '-rf', directory]);
};
afterEach(async () => {
  await forOne.disposeAsync();
  forOne = new AsyncDisposableStack();
  await removePool('beta');
});
afterAll(() => removePool('alpha'));

async function review(): Promise<ReviewSnapshot> {
  const options = { ...defaultPlanOptions, disks: 'copy' as const };
  const request = { guestUuid: spareUuid, ...hosts, options };
  const { reviewId } = await over.screen.ask('migrations.review', request);
  return reviewed(reviewId);
}
const reviewed = (reviewId: string): Promise<ReviewSnapshot> =>
  until('the checks are done', () => {
    const { review: told } = over.screen;
    return told?.reviewId === reviewId && told.state === 'done' ? told : undefined;
  });

const errors = ({ findings }: ReviewSnapshot) => findings.filter(({ level }) => level === 'error');

it('makes the pool that a disk has to be in, and starts it when it stands still', async () => {
  const { lab, screen } = over;
  const missing = await review();
  const { reviewId } = missing;
  expect(errors(missing).map(({ id, mend }) => [id, mend])).toEqual([
    ['guest.disks', { kind: 'define pool', pool, directory }],
  ]);
  await expect(screen.ask('migrations.mend', { reviewId, pool: 'images' })).rejects.toThrow(
    'No finding of this review asks for that.',
  );
  await screen.ask('migrations.mend', { reviewId, pool });
  expect(errors(await reviewed(reviewId))).toEqual([]);
  const info = await lab.virsh('beta', ['pool-info', pool]);
  expect(info).toMatch(/State:\s+running[^]*Persistent:\s+yes[^]*Autostart:\s+yes/);
  expect(await lab.virsh('beta', ['pool-dumpxml', pool])).toContain(`<path>${directory}</path>`);

  await lab.virsh('beta', ['pool-destroy', pool]);
  const stopped = await review();
  expect(errors(stopped).map(({ mend }) => mend)).toEqual([{ kind: 'start pool', pool }]);
  await screen.ask('migrations.mend', { reviewId: stopped.reviewId, pool });
  expect(errors(await reviewed(stopped.reviewId))).toEqual([]);
  expect(await lab.virsh('beta', ['pool-info', pool])).toMatch(/State:\s+running/);
});

it('leaves nothing behind where the pool cannot be made', async () => {
  const { lab, screen } = over;
  // A file is in the way of the directory.
  await lab.mustRun('beta', ['touch', directory]);
  const { reviewId } = await review();
  await expect(screen.ask('migrations.mend', { reviewId, pool })).rejects.toThrow(
    `The pool "${pool}" was not started`,
  );
  expect(await lab.virsh('beta', ['pool-list', '--all', '--name'])).not.toContain(pool);
});
