import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { hosts } from '../lab/layout.ts';
import { takeLock } from '../lab/lock.ts';
import { startConsoleGuest, stopConsoleGuest } from '../lab/support/console-guest.ts';
import { virsh } from '../lab/virsh.ts';
import { labHosts } from './fixtures/lab.ts';
import { expect, test } from './fixtures/test.ts';

/*
 * A guest's real serial console and a real shell on a host, in the terminals of both shells. The guest answers in
 * capitals, so that its answer is no echo of ours.
 */

const pair = labHosts();
const guest = { name: 'console02', uuid: 'a1f0c7de-0004-4b6e-9a53-76e0b1a2c304' };
let lock: AsyncDisposable;

test.skip(pair === undefined, 'The lab is not up: npm run lab -- up');
test.describe.configure({ mode: 'serial', timeout: 120_000 });
test.beforeAll(async () => {
  lock = await takeLock('e2e tests');
  await startConsoleGuest(hosts.alpha, guest);
  await virsh(hosts.alpha, ['resume', guest.name]);
});
test.afterAll(async () => {
  await stopConsoleGuest(hosts.alpha, guest);
  await lock[Symbol.asyncDispose]();
});

async function addAlpha(page: Page, onlyLook = false): Promise<Locator> {
  if (!pair) throw new Error('skipped without a lab');
  await page.getByRole('button', { name: 'Add a host' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Connect URI' }).fill(pair.alpha.connectUri);
  if (onlyLook) await dialog.getByRole('checkbox', { name: /^Only look/ }).check();
  await dialog.getByRole('button', { name: /^Add/ }).click();
  const column = page.getByRole('region', { name: pair.alpha.name, exact: true });
  await expect(column).toContainText('connected over ssh', { timeout: 20_000 });
  return column;
}

async function choose(page: Page, of: string, entry: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${of}` }).click();
  await page.getByRole('menuitem', { name: entry }).click();
}

const drawer = (page: Page) => page.getByRole('region', { name: 'Terminals' });
/** What the terminal in front shows. */
const shown = (page: Page) => drawer(page).getByRole('tabpanel').locator('.xterm-rows');

/** The guest answers every byte it gets, so its first answer also says that the line is open. */
async function untilAnswered(page: Page, letter: string): Promise<void> {
  await expect(async () => {
    await page.keyboard.type(letter);
    await expect(shown(page)).toContainText(letter.toUpperCase(), { timeout: 1000 });
  }).toPass({ timeout: 30_000 });
}

/** Command lines of what runs on this machine now; what runs in namespaces, the hosts and a second lab, is elsewhere. */
function running(): string[] {
  const here = readlinkSync('/proc/self/ns/pid');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/ns/pid`) !== here) return '';
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
}

/** The ssh programs that were started for shells; Viaduct's own connections are no processes. */
const sshToAlpha = () =>
  running().filter((line) => line.startsWith('ssh ') && line.includes(' -- alpha.lab'));

test('a guest is talked to over its serial console', async ({ page }) => {
  await addAlpha(page);
  await choose(page, guest.name, 'Open serial console');
  await expect(drawer(page).getByRole('tab', { name: `${guest.name} on alpha.lab` })).toBeVisible();
  await untilAnswered(page, 'x');
  await page.keyboard.type('are you there?');
  await expect(shown(page)).toContainText('ARE YOU THERE?');
  await page.screenshot({ path: test.info().outputPath('console.png') });
});

test('a console that ends says why, and is opened again', async ({ page }) => {
  await addAlpha(page);
  await choose(page, guest.name, 'Open serial console');
  await untilAnswered(page, 'x');
  await stopConsoleGuest(hosts.alpha, guest);
  const ending = drawer(page).getByRole('status');
  await expect(ending).toContainText(/no longer on this host|was shut off/);
  await startConsoleGuest(hosts.alpha, guest);
  await virsh(hosts.alpha, ['resume', guest.name]);
  await ending.getByRole('button', { name: 'Open again' }).click();
  await untilAnswered(page, 'y');
});

test('a shell on the host runs, is left by the keyboard, and leaves nothing behind', async ({ page }) => {
  await addAlpha(page);
  await choose(page, 'alpha.lab', 'Open a shell');
  await expect(shown(page)).toContainText(/[#$]/, { timeout: 30_000 });
  // In capitals, so that neither the prompt nor what was typed can be taken for the answer.
  await page.keyboard.type('hostname | tr a-z A-Z\r');
  await expect(shown(page)).toContainText('ALPHA');
  expect(sshToAlpha()).toHaveLength(1);
  await page.keyboard.press('Control+Shift+L');
  await expect(drawer(page).getByRole('tab', { name: 'alpha.lab' })).toBeFocused();
  await page.screenshot({ path: test.info().outputPath('shell.png') });
  await drawer(page).getByRole('button', { name: 'Close alpha.lab' }).click();
  await expect(drawer(page)).toBeHidden();
  await expect.poll(sshToAlpha).toEqual([]);
});

test('shells end with the window that opened them', async ({ page, shell }) => {
  await addAlpha(page);
  await choose(page, 'alpha.lab', 'Open a shell');
  await expect(shown(page)).toContainText(/[#$]/, { timeout: 30_000 });
  expect(sshToAlpha()).toHaveLength(1);
  await shell.close();
  await expect.poll(sshToAlpha).toEqual([]);
});

test('the screen of a guest is shown', async ({ page }) => {
  const column = await addAlpha(page);
  await column
    .getByRole('article', { name: guest.name })
    .getByRole('button', { name: guest.name, exact: true })
    .click();
  await page.getByRole('button', { name: 'Take a picture' }).click();
  const picture = page.getByRole('img', { name: `The screen of ${guest.name}` });
  await expect(picture).toBeVisible({ timeout: 20_000 });
  const width = await picture.evaluate(
    (image) => (image as unknown as { naturalWidth: number }).naturalWidth,
  );
  expect(width).toBeGreaterThan(300);
});

test('a host only to look at offers neither console nor move, and says why', async ({ page }) => {
  const column = await addAlpha(page, true);
  await expect(column).toContainText('only looking');
  await expect(column.getByRole('article', { name: guest.name })).toBeVisible();
  await page.getByRole('button', { name: `Actions for ${guest.name}` }).click();
  for (const entry of ['Move to…', 'Open serial console']) {
    const item = page.getByRole('menuitem', { name: entry });
    await expect(item).toBeDisabled();
    await expect(item).toContainText('alpha.lab was added for reading only.');
  }
});
