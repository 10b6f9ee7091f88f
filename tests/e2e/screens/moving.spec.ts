import { expect, test, type Page } from '@playwright/test';
import { alpha, beta } from './lab-hosts.ts';
import { fetching, notConverging, running, stalled } from './lab-moves.ts';
import { offlineReview, tunnelledReview } from './lab-reviews.ts';
import { authority } from './lab-wizard.ts';
import { openScreen, requestsOf } from './open-screen.ts';
import { column, openHow, openMove, openOfflineReview, openReview, openTuning } from './pointing.ts';
import { serveRenderer } from './renderer-server.ts';

/* Choices before a move, and what can be done to one under way. */

const verdicts = [{ hostId: 'beta', can: true as const, sentence: 'Can take it' }];
const two = { hosts: [alpha, beta], verdicts };
const authoritiesOf = (...authorities: (typeof authority)[]) => ({
  ...{ generation: 1, authorities, unreadable: [] },
  keyStore: { protects: false, sentence: '' },
});

let server: Awaited<ReturnType<typeof serveRenderer>>;
test.beforeAll(async () => {
  server = await serveRenderer();
});
test.afterAll(() => server.close());
test.use({ viewport: { width: 1440, height: 900 } });

const lastOptions = async (page: Page) => (await requestsOf(page, 'migrations.review')).at(-1);

test.describe('a certificate for one move alone', () => {
  const group = (page: Page) => page.getByRole('group', { name: "How the source's daemon logs in" });

  test('is offered where the source’s daemon logs in, by each authority whose key is here', async ({
    page,
  }) => {
    const elsewhere = { ...authority, name: 'Company CA', keyPlace: 'elsewhere' as const };
    const authorities = authoritiesOf(authority, elsewhere);
    await openScreen(page, server.url, { ...two, review: tunnelledReview, authorities });
    await openReview(page);
    await openHow(page);
    await expect(group(page)).toHaveCount(0);
    await page.getByRole('radio', { name: /^The source's daemon peer-to-peer/ }).check();
    await expect(group(page).getByRole('radio')).toHaveCount(2);
    await expect(group(page).getByRole('radio', { name: /^Its own certificate/ })).toBeChecked();
    await group(page)
      .getByRole('radio', { name: /this move alone, by Example Lab CA/ })
      .check();
    await expect
      .poll(() => lastOptions(page))
      .toMatchObject({ options: { control: 'p2p', oneTimeIdentity: 'Example Lab CA' } });
    // It is locked, so its passphrase is asked for right there.
    await expect(page.getByLabel(/^Passphrase/)).toBeVisible();
  });

  test('is no longer wished for once Viaduct moves the guest itself', async ({ page }) => {
    const unlocked = { ...authority, unlockedUntilMs: Date.now() + 600_000 };
    const authorities = authoritiesOf(unlocked);
    await openScreen(page, server.url, { ...two, review: tunnelledReview, authorities });
    await openReview(page);
    await openHow(page);
    await page.getByRole('radio', { name: /^The source's daemon peer-to-peer/ }).check();
    await group(page)
      .getByRole('radio', { name: /this move alone/ })
      .check();
    await expect(page.getByLabel(/^Passphrase/)).toHaveCount(0);
    await page.getByRole('radio', { name: /^Viaduct/ }).check();
    await expect(group(page)).toHaveCount(0);
    await expect.poll(() => lastOptions(page)).toMatchObject({ options: { control: 'managed' } });
    expect(await lastOptions(page)).not.toMatchObject({
      options: { oneTimeIdentity: expect.anything() as unknown },
    });
  });
});

test('a copy that stands still is named, with what helps', async ({ page }) => {
  await openScreen(page, server.url, { ...two, migrations: [stalled] });
  await openMove(page);
  await expect(
    page.getByText('Stalled: nothing has gone from the source to the destination for 18 s.'),
  ).toBeVisible();
  await expect(page.getByText('check the network between the two hosts')).toBeVisible();
});

test.describe('post-copy', () => {
  const button = (page: Page) => page.getByRole('button', { name: 'Switch to post-copy' }).first();
  const requests = (page: Page) => requestsOf(page, 'migrations.postCopy');

  test('is asked about once, with its risk, and nothing is done where the answer is no', async ({ page }) => {
    await openScreen(page, server.url, { ...two, migrations: [notConverging] });
    await openMove(page);
    await button(page).click();
    const dialog = page.getByRole('dialog', { name: 'Switch web01 to post-copy?' });
    await expect(dialog).toContainText('the guest stops if the network between the hosts breaks');
    await expect(dialog).toContainText('It cannot be undone.');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(button(page)).toBeFocused();
    expect(await requests(page)).toEqual([]);
    await button(page).click();
    await page.getByRole('button', { name: 'Switch to beta.lab' }).click();
    await expect(dialog).toHaveCount(0);
    expect(await requests(page)).toEqual([{ migrationId: 'move-1' }]);
  });

  test('that was not allowed cannot be switched to, and says why', async ({ page }) => {
    await openScreen(page, server.url, { ...two, migrations: [running] });
    await openTuning(page);
    await expect(
      page.getByText('Post-copy has to be allowed before the guest starts to move.'),
    ).toBeVisible();
    await expect(button(page)).toHaveCount(0);
  });

  test('is marked in the chart, and stands in its table with the time', async ({ page }) => {
    await openScreen(page, server.url, { ...two, migrations: [fetching] });
    await openMove(page);
    const figure = page.getByRole('figure');
    await expect(figure.getByText('action', { exact: true })).toBeVisible();
    await figure.getByRole('button', { name: 'The same as a table' }).click();
    await expect(figure.getByRole('listitem')).toHaveText([
      '31 s: The transfer is limited to 110 MiB/s.',
      /^1 min 24 s: Switched to post-copy/,
    ]);
    await expect(page.getByText(/^Post-copy: the guest runs on the destination/)).toBeVisible();
    await expect(page.getByRole('region', { name: 'Figures' })).toContainText('212');
  });

  test('has no mark in the chart of a move to which nothing was done', async ({ page }) => {
    await openScreen(page, server.url, { ...two, migrations: [running] });
    await openMove(page);
    await expect(page.getByRole('figure').getByText('pass over memory')).toBeVisible();
    await expect(page.getByRole('figure').getByText('action', { exact: true })).toHaveCount(0);
  });
});

test.describe('limits of a move under way', () => {
  test('are changed by number, told to the source, and answered', async ({ page }) => {
    await openScreen(page, server.url, { ...two, migrations: [running] });
    await openTuning(page);
    const limit = page.getByRole('textbox', { name: 'Transfer limit' });
    const set = page.getByRole('button', { name: 'Set transfer limit' });
    await expect(set).toBeDisabled();
    await limit.fill('0');
    await expect(page.getByText('A whole number from 1 to 1000000')).toBeVisible();
    await expect(set).toBeDisabled();
    await limit.fill('250');
    await limit.press('Enter');
    await page.getByRole('textbox', { name: 'Longest pause' }).fill('900');
    await page.getByRole('button', { name: 'Set longest pause' }).click();
    await expect(page.getByRole('status').filter({ hasText: 'The source has been told.' })).toBeVisible();
    await expect(limit).toHaveValue('');
    expect(await requestsOf(page, 'migrations.tune')).toEqual([
      { migrationId: 'move-1', bandwidthMiBps: 250 },
      { migrationId: 'move-1', maxDowntimeMs: 900 },
    ]);
  });

  test('that make no difference any more are closed, with the reason', async ({ page }) => {
    await openScreen(page, server.url, { ...two, migrations: [fetching] });
    await openTuning(page);
    await expect(page.getByRole('textbox', { name: 'Longest pause' })).toBeDisabled();
    await expect(page.getByText('The guest has had its pause')).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Transfer limit' })).toBeEnabled();
    await expect(page.getByRole('button', { name: 'Switch to post-copy' })).toBeDisabled();
  });
});

test.describe('a guest that is shut off', () => {
  test('moves with its definition alone, and is offered nothing about data on its way', async ({ page }) => {
    await openScreen(page, server.url, { ...two, review: offlineReview });
    await openOfflineReview(page);
    expect(await lastOptions(page)).toMatchObject({ options: { offline: true, disks: 'none' } });
    await expect(page.getByRole('button', { name: 'Move the definition' })).toBeEnabled();
    await openHow(page);
    await expect(page.getByRole('checkbox', { name: /^Move its definition alone/ })).toBeChecked();
    await expect(page.getByRole('group', { name: 'Who moves it' })).toBeVisible();
    await expect(page.getByRole('checkbox', { name: /^Leave the definition on the source/ })).toBeVisible();
    for (const name of ['Transfer at most', 'Data address', 'Move within']) {
      await expect(page.getByRole('textbox', { name })).toHaveCount(0);
    }
    await page.getByRole('checkbox', { name: /^Move its definition alone/ }).uncheck();
    await expect.poll(() => lastOptions(page)).toMatchObject({ options: { offline: false } });
    await expect(page.getByRole('textbox', { name: 'Transfer at most' })).toBeVisible();
  });

  test('is not offered to one that runs', async ({ page }) => {
    await openScreen(page, server.url, { ...two, review: offlineReview });
    await openReview(page);
    await openHow(page);
    await expect(page.getByRole('checkbox', { name: /^Move its definition alone/ })).toHaveCount(0);
    await expect(column(page, 'alpha.lab')).toBeVisible();
  });
});
