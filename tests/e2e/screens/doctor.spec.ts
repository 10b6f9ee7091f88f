import { expect, test, type Page } from '@playwright/test';
import type { DoctorVisit } from '../../../electron/ipc/views.ts';
import { openDoctor } from './doctor-states.ts';
import type { PageGlobals, World } from './fake-channel.ts';
import * as doctor from './lab-doctor.ts';
import { alpha, beta, gamma, web01 } from './lab-hosts.ts';
import { running as move, stuck } from './lab-moves.ts';
import { openScreen, requestsOf } from './open-screen.ts';
import { card } from './pointing.ts';
import { serveRenderer } from './renderer-server.ts';

/* The doctor's page, over a channel whose answers each test sets. */

const { absent, fetching, held, off, running, seen, serving, silent } = doctor;

let server: Awaited<ReturnType<typeof serveRenderer>>;
test.beforeAll(async () => {
  server = await serveRenderer();
});
test.afterAll(() => server.close());
test.use({ viewport: { width: 1440, height: 900 } });

const open = (page: Page, doctorTells: DoctorVisit[][], over: Partial<World> = {}): Promise<void> =>
  openScreen(page, server.url, { hosts: [alpha, beta], doctorTells, ...over });

/** Names web01 and asks; its two hosts are the only ones, and chosen already. */
async function askAbout(page: Page): Promise<void> {
  await openDoctor(page);
  await page.getByRole('textbox', { name: 'Guest' }).fill('web01');
  await page.getByRole('button', { name: 'Ask both hosts' }).click();
}

const report = (page: Page) => page.getByRole('article', { name: 'web01 on alpha.lab and beta.lab' });
const host = (page: Page, name: string) => report(page).getByRole('region', { name });
const offers = (page: Page) => report(page).getByRole('region', { name: 'What may safely be done' });
const looked = { sourceHostId: 'alpha', destinationHostId: 'beta' };

test('a guest that stands still on both after a broken move is told for both, and nothing is offered', async ({
  page,
}) => {
  await open(page, [[doctor.asking(), seen(held, held)]]);
  await askAbout(page);
  await expect(report(page).getByRole('heading', { name: 'stands still on both' })).toBeVisible();
  await expect(report(page)).toContainText('it is not certain which of the two is the guest');
  for (const name of ['alpha.lab', 'beta.lab']) {
    await expect(host(page, name)).toContainText('paused (for migration)');
    await expect(host(page, name)).toContainText('kept there');
  }
  await expect(offers(page)).toContainText('Nothing is safe to be done from here.');
  await expect(offers(page).getByRole('button')).toHaveCount(0);
  expect(await requestsOf(page, 'doctor.look')).toEqual([{ guest: 'web01', ...looked }]);
});

test('a guest that runs on both is named, and no button touches it', async ({ page }) => {
  await open(page, [[seen(running, running)]]);
  await askAbout(page);
  await expect(report(page).getByRole('status')).toContainText(
    'web01 runs on both alpha.lab and beta.lab; both may be writing to the same disks.',
  );
  await expect(offers(page).getByRole('button')).toHaveCount(0);
  await expect(report(page).getByRole('button')).toHaveText(['Ask again']);
});

test('an action is confirmed with what it does and where, and the new situation is shown', async ({
  page,
}) => {
  const order = { action: 'resume', host: 'source' } as const;
  const acting = { ...order, kind: 'acting', sinceMs: Date.now(), stopping: false } as const;
  await open(page, [
    [seen(held, absent)],
    [seen(held, absent, { work: acting }), seen(running, absent, { done: order })],
  ]);
  await askAbout(page);
  await offers(page).getByRole('button', { name: 'Resume on alpha.lab' }).click();
  const dialog = page.getByRole('dialog', { name: 'Resume on alpha.lab?' });
  await expect(dialog).toContainText('web01 goes on running on alpha.lab, from where it stopped.');
  await expect(dialog).toContainText('Nothing is done on beta.lab.');
  await expect(dialog).toContainText('Both hosts are asked once more before.');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await requestsOf(page, 'doctor.act')).toEqual([]);
  await offers(page).getByRole('button', { name: 'Resume on alpha.lab' }).click();
  await dialog.getByRole('button', { name: 'Resume on alpha.lab' }).click();
  await expect(report(page)).toContainText('web01 was resumed on alpha.lab. Both hosts were asked again.');
  await expect(report(page).getByRole('heading', { name: 'runs on one host' })).toBeVisible();
  await expect(offers(page)).toContainText('Nothing has to be done.');
  const { visitId } = seen(held, absent);
  expect(await requestsOf(page, 'doctor.act')).toEqual([{ visitId, ...order }]);
});

test('an action that is no longer safe is refused, with code, remedy and what is so now', async ({
  page,
}) => {
  const problem = {
    code: 'engine.not-offered',
    message: '"resume" is not safe here: runs, copy left. Nothing was touched.',
    remedy: 'Safe here: destroy.',
    where: undefined,
  };
  await open(page, [[seen(held, absent)], [seen(held, running, { problem })]]);
  await askAbout(page);
  await offers(page).getByRole('button', { name: 'Resume on alpha.lab' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume on alpha.lab' }).click();
  const alert = report(page).getByRole('alert');
  await expect(alert).toContainText('Nothing was touched.');
  await expect(alert).toContainText('engine.not-offered');
  await expect(alert).toContainText('Safe here: destroy.');
  await expect(offers(page).getByRole('button')).toHaveText(['Destroy the copy on alpha.lab …']);
});

test('what changes while it is to be confirmed can no longer be confirmed', async ({ page }) => {
  await open(page, [[seen(held, absent)]]);
  await askAbout(page);
  await offers(page).getByRole('button', { name: 'Resume on alpha.lab' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await emitVisit(page, seen(running, running));
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(offers(page).getByRole('button')).toHaveCount(0);
});

test('a post-copy that broke is recovered, and again after an attempt that failed', async ({ page }) => {
  const done = { action: 'recover-post-copy', host: 'source' } as const;
  await open(page, [
    [seen(serving, fetching)],
    [
      seen(serving, fetching, { work: doctor.recovering() }),
      seen(serving, fetching, { problem: doctor.brokeAgain }),
    ],
    [seen(off, running, { done })],
  ]);
  await askAbout(page);
  await expect(report(page).getByRole('heading', { name: 'post-copy failed' })).toBeVisible();
  await expect(host(page, 'alpha.lab')).toContainText('paused (post-copy failed)');
  await expect(host(page, 'beta.lab')).toContainText('running (post-copy failed)');
  const recover = offers(page).getByRole('button', { name: 'Recover from alpha.lab to beta.lab' });
  await recover.click();
  const dialog = page.getByRole('dialog', { name: 'Recover from alpha.lab to beta.lab?' });
  await expect(dialog).toContainText('both hosts are as they are now, and you can recover again');
  await dialog.getByRole('button', { name: /^Recover/ }).click();
  await expect(report(page).getByRole('alert')).toContainText('libvirt.38, on alpha.lab');
  await recover.click();
  await dialog.getByRole('textbox', { name: 'Data address' }).fill('tcp://10.9.0.2');
  await dialog.getByRole('button', { name: /^Recover/ }).click();
  await expect(report(page)).toContainText('web01 has all of its memory on beta.lab.');
  await expect(offers(page).getByRole('button')).toHaveText(['Undefine on alpha.lab …']);
  const { visitId } = seen(serving, fetching);
  expect(await requestsOf(page, 'doctor.act')).toEqual([
    { visitId, ...done },
    { visitId, ...done, migrateUri: 'tcp://10.9.0.2' },
  ]);
});

test('recovering can be left off, and nothing else is begun meanwhile', async ({ page }) => {
  const work = doctor.recovering(Date.now() - 9000);
  await open(page, [], { doctor: { generation: 1, visit: seen(serving, fetching, { work }) } });
  await openDoctor(page);
  await expect(page.getByText(/^Sending the rest of the memory of web01 .* for \d+ s\.$/)).toBeVisible();
  for (const name of ['Ask both hosts', 'Recover from alpha.lab to beta.lab …'])
    await expect(page.getByRole('button', { name })).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('button', { name: 'Leave off' }).click();
  expect(await requestsOf(page, 'doctor.stop')).toHaveLength(1);
});

test('a host that cannot be reached is named with why, and can be asked again', async ({ page }) => {
  await open(page, [[seen(held, silent)], [doctor.asking(), seen(held, running)]]);
  await askAbout(page);
  await expect(report(page).getByRole('heading', { name: 'host unreachable' })).toBeVisible();
  await expect(host(page, 'beta.lab')).toContainText('did not answer within 10 s');
  await expect(offers(page).getByRole('button')).toHaveCount(0);
  await report(page).getByRole('button', { name: 'Ask again' }).click();
  await expect(report(page).getByRole('heading', { name: 'runs, copy left' })).toBeVisible();
  expect(await requestsOf(page, 'doctor.look')).toEqual([
    { guest: 'web01', ...looked },
    { guest: 'uuid-web01', ...looked },
  ]);
});

test('asking says for how long, and can be stopped', async ({ page }) => {
  await open(page, [[doctor.asking(Date.now() - 5000)]]);
  await askAbout(page);
  await expect(page.getByText(/^Asking alpha\.lab and beta\.lab about web01, for \d+ s\.$/)).toBeVisible();
  await page.getByRole('button', { name: 'Stop asking' }).click();
  expect(await requestsOf(page, 'doctor.stop')).toEqual([{ visitId: doctor.asking().visitId }]);
});

test('a call that is refused says so, and what is missing is named before', async ({ page }) => {
  await open(page, [], { refusals: { 'doctor.look': 'The doctor is still at work on db01.' } });
  await openDoctor(page);
  const ask = page.getByRole('button', { name: 'Ask both hosts' });
  await expect(ask).toHaveAccessibleDescription('Name the guest.');
  await page.getByRole('textbox', { name: 'Guest' }).fill('web01');
  await page.getByRole('combobox', { name: 'Other host' }).selectOption('alpha.lab');
  await expect(ask).toHaveAccessibleDescription('Choose two different hosts.');
  await page.getByRole('combobox', { name: 'Other host' }).selectOption('beta.lab');
  await page.getByRole('textbox', { name: 'Guest' }).press('Enter');
  await expect(page.getByRole('alert')).toContainText('The doctor is still at work on db01.');
});

test('the menu of a guest asks about it at once, on the hosts that have it', async ({ page }) => {
  const both = { ...beta, guests: [web01] };
  await open(page, [[seen(running, running)]], { hosts: [alpha, gamma, both] });
  await card(page, 'alpha.lab', 'web01').getByRole('button', { name: 'Actions for web01' }).click();
  await page.getByRole('menuitem', { name: 'Ask the doctor' }).click();
  await expect(report(page)).toBeVisible();
  expect(await requestsOf(page, 'doctor.look')).toEqual([{ guest: 'uuid-web01', ...looked }]);
  await page.getByRole('textbox', { name: 'Guest' }).fill('web02');
  await page.getByRole('button', { name: 'Ask both hosts' }).click();
  await expect.poll(() => requestsOf(page, 'doctor.look')).toContainEqual({ guest: 'web02', ...looked });
});

test('a guest that could be on several hosts is asked about once the other one is chosen', async ({
  page,
}) => {
  await open(page, [[seen(running, absent)]], { hosts: [alpha, beta, gamma] });
  await card(page, 'alpha.lab', 'web01').getByRole('button', { name: 'Actions for web01' }).click();
  await page.getByRole('menuitem', { name: 'Ask the doctor' }).click();
  const ask = page.getByRole('button', { name: 'Ask both hosts' });
  await expect(ask).toHaveAccessibleDescription('Choose two hosts.');
  await page.getByRole('combobox', { name: 'Other host' }).selectOption('beta.lab');
  await ask.click();
  await expect(report(page)).toBeVisible();
  expect(await requestsOf(page, 'doctor.look')).toEqual([{ guest: 'uuid-web01', ...looked }]);
});

test('a guest that is being moved here is left to that', async ({ page }) => {
  await open(page, [], { migrations: [move] });
  await card(page, 'alpha.lab', 'web01').getByRole('button', { name: 'Actions for web01' }).click();
  const entry = page.getByRole('menuitem', { name: 'Ask the doctor' });
  await expect(entry).toHaveAttribute('aria-disabled', 'true');
  await expect(entry).toContainText('It is being moved');
});

test('a migration that needs a person leads to the doctor', async ({ page }) => {
  await open(page, [[seen(held, silent)]], { migrations: [stuck] });
  await page.getByRole('button', { name: /^Migrations/ }).click();
  await page.getByRole('row').nth(1).getByRole('button').click();
  await page.getByRole('button', { name: 'Ask the doctor' }).click();
  await expect(report(page)).toBeVisible();
  await expect(page.getByRole('complementary')).toHaveCount(0);
  expect(await requestsOf(page, 'doctor.look')).toEqual([{ guest: stuck.guest.uuid, ...looked }]);
});

/** Another window has asked again. */
function emitVisit(page: Page, visit: DoctorVisit): Promise<void> {
  return page.evaluate(
    (told) =>
      (globalThis as unknown as PageGlobals).fakeWorld.emit('doctor', { generation: 99, visit: told }),
    visit,
  );
}
