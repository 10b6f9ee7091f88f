import { expect, test } from '@playwright/test';
import type { PageGlobals } from './fake-channel.ts';
import { alpha, beta } from './lab-hosts.ts';
import { migrated } from './lab-moves.ts';
import { encrypted } from './lab-streams.ts';
import { historyItems, receiptFor } from './lab-receipts.ts';
import { openScreen, requestsOf } from './open-screen.ts';
import { serveRenderer } from './renderer-server.ts';

/* What the history shows and asks for, over a channel whose answers each test sets. */

const items = historyItems(14);
const [newest] = items;
const history = { items, older: undefined, problems: [] };
const hosts = [alpha, beta];
const { result } = migrated;
if (!newest || !result) throw new Error('The samples are not complete.');
const receipt = receiptFor(result, { streams: encrypted, changes: migrated.changes });

let server: Awaited<ReturnType<typeof serveRenderer>>;
test.beforeAll(async () => {
  server = await serveRenderer();
});
test.afterAll(() => server.close());
test.use({ viewport: { width: 1440, height: 900 }, permissions: ['clipboard-read', 'clipboard-write'] });

test('the history lists what was moved, newest first, and is read anew each time it is opened', async ({
  page,
}) => {
  await openScreen(page, server.url, { hosts, history });
  await page.getByRole('button', { name: 'History' }).click();
  await expect(page.getByRole('row')).toHaveCount(15);
  await expect(page.getByRole('row').nth(1)).toContainText('web01');
  await expect(page.getByRole('row').nth(1)).toContainText('encrypted, both ends verified');
  await expect(page.getByRole('row').nth(4)).toContainText('in the clear');
  await page.getByRole('button', { name: 'Board' }).click();
  await page.getByRole('button', { name: 'History' }).click();
  await expect.poll(() => requestsOf(page, 'history.list')).toEqual([{}, {}]);
});

test('a migration that ends meanwhile comes on top', async ({ page }) => {
  await openScreen(page, server.url, { hosts, history });
  await page.getByRole('button', { name: 'History' }).click();
  await expect(page.getByRole('row')).toHaveCount(15);
  await page.evaluate((item) => (globalThis as unknown as PageGlobals).fakeWorld.emit('history', item), {
    ...newest,
    id: 'receipt-new',
    guest: 'just-moved',
  });
  await expect(page.getByRole('row')).toHaveCount(16);
  await expect(page.getByRole('row').nth(1)).toContainText('just-moved');
});

test('guests and hosts are searched for', async ({ page }) => {
  await openScreen(page, server.url, { hosts, history });
  await page.getByRole('button', { name: 'History' }).click();
  const search = page.getByRole('searchbox', { name: 'Search history' });
  await search.fill('db01');
  const expected = items.filter(({ guest }) => guest === 'db01').length;
  await expect(page.getByRole('row')).toHaveCount(expected + 1);
  await search.fill('ALPHA web01');
  for (const row of (await page.getByRole('row').all()).slice(1)) await expect(row).toContainText('web01');
  await search.fill('nobody');
  await expect(page.getByText('No guest or host of these 14 migrations fits “nobody”.')).toBeVisible();
});

test('older ones are asked for from where the first answer ended', async ({ page }) => {
  await openScreen(page, server.url, { hosts, history: { ...history, older: 812 } });
  await page.getByRole('button', { name: 'History' }).click();
  await expect(page.getByText('These are the newest 14.')).toBeVisible();
  await page.getByRole('button', { name: 'Show older' }).click();
  await expect.poll(() => requestsOf(page, 'history.list')).toEqual([{}, { before: 812 }]);
});

test('a receipt is shown in full, and copied as text', async ({ page }) => {
  await openScreen(page, server.url, { hosts, history, receipt });
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByRole('row').nth(1).getByRole('button').click();
  const panel = page.getByRole('complementary', { name: 'web01 from alpha.lab to beta.lab' });
  await expect(panel).toContainText('web01 runs on beta.lab.');
  await expect(panel.getByRole('region', { name: 'Receipt' })).toContainText('187 ms');
  await expect(panel.getByRole('region', { name: 'To clean up' })).toContainText('Undefine it.');
  await panel.getByRole('button', { name: /^What travelled/ }).click();
  const proofs = panel.getByRole('region', { name: 'Certificates and keys' });
  await expect(proofs).toContainText('SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLZ7wUVAWQ3V5y2Qxo');
  await expect(proofs).toContainText('not known: beta.lab is not reached over SSH');
  expect(await requestsOf(page, 'history.receipt')).toEqual([{ id: newest.id }]);
  await panel.getByRole('button', { name: 'Copy as text' }).click();
  await expect(panel.getByText('Copied')).toBeAttached();
  const text = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(text).toContain('web01 (uuid-web01): moved');
  expect(text).toContain('shown to this machine, and the one on record');
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
});

test('a receipt that is no longer there says so', async ({ page }) => {
  await openScreen(page, server.url, {
    hosts,
    history,
    refusals: { 'history.receipt': 'That receipt is not in the history.' },
  });
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByRole('row').nth(1).getByRole('button').click();
  await expect(page.getByRole('alert')).toContainText('That receipt is not in the history.');
});

test('the end of a migration is its receipt, and says when the history could not keep it', async ({
  page,
}) => {
  const historyProblem = 'This migration is not in the history. The disk is full.';
  await openScreen(page, server.url, { hosts, migrations: [{ ...migrated, historyProblem }] });
  await page.getByRole('button', { name: /^Migrations/ }).click();
  await page.getByRole('row').nth(1).getByRole('button').click();
  const panel = page.getByRole('complementary', { name: 'web01 from alpha.lab to beta.lab' });
  await expect(panel.getByRole('alert')).toContainText('The disk is full.');
  await expect(panel.getByRole('region', { name: 'What changed' })).toBeVisible();
  await panel.getByRole('button', { name: 'Copy as text' }).click();
  expect(await page.evaluate<string>('navigator.clipboard.readText()')).toContain(
    'Certificates and keys, SHA-256',
  );
});
