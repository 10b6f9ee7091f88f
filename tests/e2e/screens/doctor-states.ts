import type { Page } from '@playwright/test';
import type { DoctorVisit } from '../../../electron/ipc/views.ts';
import type { World } from './fake-channel.ts';
import * as doctor from './lab-doctor.ts';
import { alpha, beta } from './lab-hosts.ts';
import type { ScreenState } from './screen-state.ts';

export async function openDoctor(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Doctor' }).click();
  await page.getByRole('heading', { name: 'Doctor', level: 1 }).waitFor();
}

const state = (
  name: string,
  visit: DoctorVisit | undefined,
  reach?: (page: Page) => Promise<void>,
  over: Partial<World> = {},
): ScreenState => ({
  name: `doctor-${name}`,
  world: { hosts: [alpha, beta], doctor: { generation: 1, visit }, ...over },
  reach: async (page) => {
    await openDoctor(page);
    await reach?.(page);
  },
});

const { absent, fetching, held, off, running, seen, serving, silent } = doctor;
const past = { finishMade: false, hasRun: false, keepsDefinition: true };

export const doctorStates: ScreenState[] = [
  state('empty', undefined),
  state('no-hosts', undefined, undefined, { hosts: [alpha] }),
  state('asking', doctor.asking(Date.now() - 12_000)),
  state('not-found', doctor.notFound),
  state('well', seen(running, absent)),
  state('held', seen(held, absent, {}, past)),
  state('confirm', seen(held, absent), (page) => page.getByRole('button', { name: /^Resume on/ }).click()),
  state('still-on-both', seen(held, doctor.present(3, 2, 'incoming', false))),
  state('on-both', seen(running, running)),
  state('copy-left', seen(held, running)),
  state('resumed', seen(running, off, { done: { action: 'resume', host: 'source' } })),
  state('unreachable', seen(held, silent)),
  state('post-copy', seen(serving, fetching)),
  state('post-copy-confirm', seen(serving, fetching), (page) =>
    page.getByRole('button', { name: /^Recover from/ }).click(),
  ),
  state('post-copy-recovering', seen(serving, fetching, { work: doctor.recovering(Date.now() - 74_000) })),
  state('post-copy-again', seen(serving, fetching, { problem: doctor.brokeAgain })),
  state('only-look', seen(held, absent), undefined, {
    hosts: [{ ...alpha, readOnly: { reason: 'alpha.lab was added for reading only.' } }, beta],
  }),
];
