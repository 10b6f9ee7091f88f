import { expect, it, vi } from 'vitest';
import type { DoctorVisit } from '../../electron/ipc/views.ts';
import { screenOverLab, until } from './support/screen-backend.ts';
import { spareUuid, startSpare } from './support/spare-guest.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const over = screenOverLab();

const atRest = ({ screen }: typeof over): Promise<DoctorVisit> =>
  until('the doctor is done', () => (screen.visit?.work === undefined ? screen.visit : undefined));

it('the doctor of the screen touches neither of two copies, and resumes the one that is left', async () => {
  const { lab, screen } = over;
  await using undo = new AsyncDisposableStack();
  for (const host of ['alpha', 'beta'] as const) undo.use(await startSpare(lab, host));
  const hosts = await screen.addHosts(lab);
  const look = async (): Promise<DoctorVisit> => {
    await screen.ask('doctor.look', { guest: 'spare', ...hosts });
    return atRest(over);
  };

  const both = await look();
  expect(both).toMatchObject({
    uuid: spareUuid,
    seen: { diagnosis: { situation: 'stands still on both', actions: [] } },
  });
  const order = { action: 'resume', host: 'source' } as const;
  await expect(screen.ask('doctor.act', { visitId: both.visitId, ...order })).rejects.toThrow(
    'Nothing was touched.',
  );

  await lab.virsh('beta', ['destroy', 'spare']);
  const one = await look();
  expect(one.seen?.diagnosis).toMatchObject({ situation: 'stands still on one host', actions: [order] });
  await screen.ask('doctor.act', { visitId: one.visitId, ...order });
  expect(await atRest(over)).toMatchObject({
    ...{ done: order, problem: undefined },
    seen: { diagnosis: { situation: 'runs on one host', actions: [] } },
  });
  expect(await lab.whereRuns('spare')).toEqual({ alpha: 'running', beta: 'absent' });
});
