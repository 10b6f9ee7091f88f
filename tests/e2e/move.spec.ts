import type { Locator, Page } from '@playwright/test';
import { Lab } from '../lab/lab.ts';
import { takeLock } from '../lab/lock.ts';
import { expectRunsOn, guestLine } from '../lab/support/guest-proof.ts';
import { labHosts, type LabHost } from './fixtures/lab.ts';
import { expect, launchShell, test } from './fixtures/test.ts';

/*
 * A real guest between two real hosts, moved by what an admin sees and touches. The truth is asked of virsh on both
 * hosts; both shells run the same text.
 */

const pair = labHosts();
const guest = 'web01';
let lab: Lab;
let lock: AsyncDisposable;

test.skip(pair === undefined, 'The lab is not up: npm run lab -- up');
test.describe.configure({ mode: 'serial', timeout: 180_000 });
test.beforeAll(async () => {
  lock = await takeLock('e2e tests');
  lab = await Lab.attach();
});
test.afterAll(() => lock[Symbol.asyncDispose]());
test.beforeEach(() => lab.reset());

const column = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const card = (within: Page | Locator) => within.getByRole('article', { name: guest });

async function addHost(page: Page, { name, connectUri }: LabHost): Promise<void> {
  await page.getByRole('button', { name: 'Add a host' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Connect URI' }).fill(connectUri);
  await dialog.getByRole('button', { name: /^Add/ }).click();
  await expect(dialog).toBeHidden();
  await expect(column(page, name)).toContainText('connected over ssh', { timeout: 20_000 });
}

/** Both hosts added by hand, as an admin does it the first time. */
async function openBoard(page: Page): Promise<{ source: Locator; destination: Locator }> {
  if (!pair) throw new Error('skipped without a lab');
  await addHost(page, pair.alpha);
  await addHost(page, pair.beta);
  const source = column(page, pair.alpha.name);
  await expect(card(source)).toBeVisible();
  return { source, destination: column(page, pair.beta.name) };
}

async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  const box = await locator.boundingBox();
  if (!box) throw new Error('it is not on the screen');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Lifts the card, carries it over the column, and says what the column says meanwhile. */
async function carryTo(page: Page, from: Locator, to: Locator): Promise<void> {
  const start = await middleOf(from);
  const end = await middleOf(to);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + 12, start.y + 12, { steps: 4 });
  await page.mouse.move(end.x, end.y, { steps: 12 });
}

/** Kept with the run's results, to look at; the README's picture is a copy of `moving`. */
async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: test.info().outputPath(`${name}.png`) });
}

async function startReviewed(page: Page): Promise<void> {
  const start = page.getByRole('button', { name: 'Migrate encrypted' });
  await expect(start).toBeEnabled({ timeout: 30_000 });
  await expect(page.getByText('encrypted, both ends verified').first()).toBeVisible();
  await picture(page, 'review');
  await start.click();
}

/** Every value of the bar until it is gone. */
async function watchProgress(page: Page): Promise<number[]> {
  const bar = page.getByRole('progressbar', { name: `Progress of ${guest}` }).first();
  await expect(bar).toBeVisible({ timeout: 30_000 });
  const values: number[] = [];
  let pictured = false;
  while (await bar.isVisible()) {
    const value = await bar.getAttribute('aria-valuenow', { timeout: 1000 }).catch(() => null);
    if (value !== null && Number(value) !== values.at(-1)) values.push(Number(value));
    if (!pictured && Number(value) > 50) {
      pictured = true;
      await picture(page, 'moving');
    }
  }
  return values;
}

test('an admin drags a running guest to the other host and watches it move', async ({ page }) => {
  const { source, destination } = await openBoard(page);
  const before = await guestLine(lab, guest, 'alpha');

  await carryTo(page, card(source), destination);
  await expect(destination.getByRole('status')).toContainText('Can take it');
  await page.mouse.up();
  await startReviewed(page);
  const percents = await watchProgress(page);

  expect(percents.length, `different values of the bar: ${percents.join(' ')}`).toBeGreaterThan(3);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  await expect(card(destination)).toContainText('running', { timeout: 30_000 });
  await expect(card(source)).toHaveCount(0);
  await expect(page.getByText('runs on beta.lab').first()).toBeVisible();
  await picture(page, 'arrived');
  await expectRunsOn(lab, 'beta', guest, before);
});

test('the same with the keyboard, cancelled half way: the guest stays', async ({ page }) => {
  const { source, destination } = await openBoard(page);
  const before = await guestLine(lab, guest, 'alpha');

  await card(source).getByRole('button', { name: guest, exact: true }).focus();
  await page.keyboard.press('m');
  await expect(page.getByRole('button', { name: /^beta\.lab/ })).toBeFocused();
  await page.keyboard.press('Enter');
  await startReviewed(page);
  await expect(page.getByRole('progressbar', { name: `Progress of ${guest}` }).first()).not.toHaveAttribute(
    'aria-valuenow',
    '0',
    { timeout: 30_000 },
  );
  await page.getByRole('button', { name: /^Cancel/ }).click();

  await expect(page.getByText('runs on alpha.lab').first()).toBeVisible({ timeout: 30_000 });
  await picture(page, 'cancelled');
  await expect(card(source)).toBeVisible();
  await expect(card(destination)).toHaveCount(0);
  expect(await lab.whereRuns(guest)).toEqual({ alpha: 'running', beta: 'absent' });
  await expectRunsOn(lab, 'alpha', guest, before);
});

test('Viaduct is killed half way: its next start says where the guest is', async ({
  page,
  shell,
  home,
  complaints,
}) => {
  const { source } = await openBoard(page);
  const before = await guestLine(lab, guest, 'alpha');
  await card(source).getByRole('button', { name: guest, exact: true }).focus();
  await page.keyboard.press('m');
  await page.keyboard.press('Enter');
  await startReviewed(page);
  const bar = page.getByRole('progressbar', { name: `Progress of ${guest}` }).first();
  await expect(bar).not.toHaveAttribute('aria-valuenow', '0', { timeout: 30_000 });
  await shell.kill();
  // The screen of the browser shell complains of the program that is gone.
  complaints.length = 0;

  const next = await launchShell(shell.kind, { home });
  try {
    const told = next.page.getByRole('status').filter({ hasText: `Viaduct was ended while ${guest} moved` });
    await expect(told).toContainText(`${guest} runs on alpha.lab.`, { timeout: 60_000 });
    await picture(next.page, 'taken-up');
    await expect(card(column(next.page, 'alpha.lab'))).toContainText('running');
    expect(await lab.whereRuns(guest)).toEqual({ alpha: 'running', beta: 'absent' });
    await expectRunsOn(lab, 'alpha', guest, before);
  } finally {
    await next.close();
    complaints.length = 0;
  }
});
