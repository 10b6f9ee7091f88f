import { expect, test, type Page } from '@playwright/test';
import type { PageGlobals } from './fake-channel.ts';
import { alpha, beta } from './lab-hosts.ts';
import { openScreen, requestsOf } from './open-screen.ts';
import { card, column, dragOver } from './pointing.ts';
import { serveRenderer } from './renderer-server.ts';

/* Terminals and read-only hosts on the screen, over a channel whose answers each test sets. */

const busy = { sentence: 'Somebody else has this console open.', code: 'console-busy' };
const reason = 'alpha.lab was added for reading only.';

let server: Awaited<ReturnType<typeof serveRenderer>>;
test.beforeAll(async () => {
  server = await serveRenderer();
});
test.afterAll(() => server.close());
test.use({ viewport: { width: 1440, height: 900 } });

const drawer = (page: Page) => page.getByRole('region', { name: 'Terminals' });
const shown = (page: Page) => drawer(page).locator('.xterm-rows');

async function openConsole(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Actions for db01' }).click();
  await page.getByRole('menuitem', { name: 'Open serial console' }).click();
}

test('what is typed goes out in order, and what comes back is acknowledged', async ({ page }) => {
  const line = `${'0123456789'.repeat(7)}\r\n`;
  await openScreen(page, server.url, { hosts: [alpha], terminal: { says: line.repeat(3000) } });
  await openConsole(page);
  await expect(shown(page)).toContainText('0123456789');
  const acknowledged = async () =>
    ((await requestsOf(page, 'terminals.acknowledge')) as { bytes: number }[]).reduce(
      (sum, { bytes }) => sum + bytes,
      0,
    );
  await expect.poll(acknowledged).toBe(line.length * 3000);
  await page.keyboard.type('ls -l');
  await expect(shown(page)).toContainText('ls -l');
  const typed = (await requestsOf(page, 'terminals.write')) as { bytes: Uint8Array }[];
  expect(typed.map(({ bytes }) => String.fromCharCode(...Object.values(bytes))).join('')).toBe('ls -l');
});

test('the keyboard gets out of a terminal, along the tabs, and back to where it was', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha, beta], terminal: { says: 'login: ' } });
  await openConsole(page);
  await expect(shown(page)).toContainText('login:');
  await page.keyboard.press('Tab');
  await expect(page.locator('.xterm-helper-textarea')).toBeFocused();
  await page.keyboard.press('Control+Shift+L');
  const tab = drawer(page).getByRole('tab', { name: 'db01 on alpha.lab' });
  await expect(tab).toBeFocused();
  await page.keyboard.press('Delete');
  await expect(drawer(page)).toBeHidden();
  expect(await requestsOf(page, 'terminals.close')).toHaveLength(1);
});

test('a console that is taken is taken over only by a deliberate click', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha], terminal: { says: '', ends: busy } });
  await openConsole(page);
  await drawer(page).getByRole('button', { name: 'Take over' }).click();
  await expect
    .poll(() => requestsOf(page, 'terminals.open'))
    .toMatchObject([
      { kind: 'guest-console', hostId: 'alpha', guestUuid: 'uuid-db01', force: false },
      { force: true },
    ]);
});

test('the same console is one tab, shells are as many as are opened', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha], terminal: { says: '$ ' } });
  await openConsole(page);
  await openConsole(page);
  await expect(drawer(page).getByRole('tab')).toHaveCount(1);
  for (const shells of [1, 2]) {
    await page.getByRole('button', { name: 'Actions for alpha.lab' }).click();
    await page.getByRole('menuitem', { name: 'Open a shell' }).click();
    await expect(drawer(page).getByRole('tab')).toHaveCount(1 + shells);
  }
});

test('terminals end in words when the connection to Viaduct is lost', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha], terminal: { says: '$ ' } });
  await openConsole(page);
  await expect(shown(page)).toContainText('$');
  await page.evaluate(() => (globalThis as unknown as PageGlobals).fakeWorld.setLink('down'));
  await expect(drawer(page).getByRole('status')).toContainText('The connection to Viaduct was lost.');
});

test('what a host prints can paint, and neither scripts nor links come of it', async ({ page }) => {
  const says = [
    '\u001b]8;;https://evil.example/\u0007link\u001b]8;;\u0007',
    '<img src=x onerror="document.title=1">',
    '\u001b]0;title\u0007\u001b[38;2;255;0;0mred\u001b[0m',
  ].join('\r\n');
  await openScreen(page, server.url, { hosts: [alpha], terminal: { says } });
  const pages: unknown[] = [];
  page.on('popup', (popup) => pages.push(popup));
  await openConsole(page);
  await expect(shown(page)).toContainText('<img src=x');
  // xterm takes the pointer itself, above what it has drawn.
  await shown(page).getByText('link').click({ force: true });
  expect(pages).toEqual([]);
  expect(await page.title()).toBe('Viaduct');
  const red = shown(page).getByText('red', { exact: true });
  await expect(red).toHaveCSS('color', /^rgb\(2\d\d, \d{1,2}, \d{1,2}\)$/);
});

test('a guest of a host only to look at cannot be dragged, and its panel says why', async ({ page }) => {
  const onlyLook = { ...alpha, readOnly: { reason } };
  await openScreen(page, server.url, { hosts: [onlyLook, beta] });
  await dragOver(page, 'beta.lab');
  await page.mouse.up();
  expect(await requestsOf(page, 'migrations.verdicts')).toEqual([]);
  await card(page, 'alpha.lab', 'web01').getByRole('button', { name: 'web01', exact: true }).press('m');
  const panel = page.getByRole('complementary', { name: 'web01 on alpha.lab' });
  await expect(panel).toContainText(reason);
  await expect(panel.getByRole('button', { name: 'Open serial console' })).toHaveAccessibleDescription(
    reason,
  );
  await expect(panel.getByRole('button', { name: 'Take a picture' })).toHaveAccessibleDescription(reason);
  await panel.getByRole('button', { name: 'Take a picture' }).click({ force: true });
  expect(await requestsOf(page, 'guests.screenshot')).toEqual([]);
  await expect(column(page, 'alpha.lab')).toContainText('only looking');
});

test('a host is added only to look at when asked for', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha] });
  await page.getByRole('button', { name: 'Add a host' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Connect URI' }).fill('qemu+ssh://gamma/system');
  await dialog.getByRole('checkbox', { name: /^Only look/ }).check();
  await dialog.getByRole('button', { name: 'Add host' }).click();
  await expect
    .poll(() => requestsOf(page, 'hosts.add'))
    .toEqual([{ connectUri: 'qemu+ssh://gamma/system', readOnly: true }]);
});
