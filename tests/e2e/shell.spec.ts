import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { startServe } from './fixtures/browser.ts';
import { expect, test } from './fixtures/test.ts';

test('opens with the empty board and says what to do first', async ({ page }) => {
  await expect(page).toHaveTitle('Viaduct');
  await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeAttached();
  await expect(page.getByRole('button', { name: 'Add a host' })).toBeVisible();
});

test('has no accessibility finding on the empty board', async ({ page, shell }) => {
  await page.getByRole('button', { name: 'Add a host' }).waitFor();
  const axe = new AxeBuilder({ page });
  // Electron's windows open no second page, which axe otherwise wants for its report.
  if (shell.kind === 'desktop') axe.setLegacyMode(true);
  const { violations } = await axe.analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
});

test('draws the whole screen under the strict policy, from the first byte on', async ({
  page,
  complaints,
}) => {
  await page.reload();
  await page.getByRole('button', { name: 'Add a host' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  expect(complaints).toEqual([]);
});

test('runs no script that the page did not bring along', async ({ page, complaints }) => {
  await page.evaluate(`{
    const inline = document.createElement('script');
    inline.textContent = 'globalThis.injected = true';
    document.body.append(inline);
    const styled = document.createElement('p');
    styled.setAttribute('style', 'color: red');
    document.body.append(styled);
  }`);
  expect(await page.evaluate('globalThis.injected')).toBeUndefined();
  const policyHits = complaints.filter((text) => text.includes('Content Security Policy'));
  expect(policyHits).toHaveLength(2);
  complaints.length = 0;
});

test('reaches no other address', async ({ page, complaints }) => {
  const outcome = await page.evaluate("fetch('https://example.com/').then(() => 'fetched', () => 'refused')");
  expect(outcome).toBe('refused');
  expect(complaints.join()).toContain('Content Security Policy');
  complaints.length = 0;
});

test('gives the page nothing of Node', async ({ page }) => {
  const found = await page.evaluate(
    "['require', 'process', 'Buffer', 'module', 'global', 'ipcRenderer', 'electron'].filter((name) => name in globalThis)",
  );
  expect(found).toEqual([]);
});

test.describe('over the desktop bridge', () => {
  test.skip(({ shellKind }) => shellKind !== 'desktop', 'the browser shell has no bridge');

  test('the page sees three functions and can change none', async ({ page }) => {
    expect(await page.evaluate('Object.keys(window.viaduct).sort()')).toEqual(['call', 'on', 'onLink']);
    const before = await page.evaluate('String(window.viaduct.call)');
    await page.evaluate('try { window.viaduct.call = undefined; window.viaduct = undefined } catch {}');
    expect(await page.evaluate('String(window.viaduct.call)')).toBe(before);
  });

  test('a call of the contract is answered', async ({ page }) => {
    expect(await page.evaluate("window.viaduct.call('app.info', {})")).toMatchObject({
      ok: true,
      value: { shell: 'desktop' },
    });
  });

  test('an unknown command and event are refused', async ({ page }) => {
    for (const name of ["'hosts.explode'", "'__proto__'", 'undefined', '{}']) {
      expect(await page.evaluate(`window.viaduct.call(${name}, {})`)).toMatchObject({
        ok: false,
        error: { code: 'bad-request' },
      });
    }
    await expect(page.evaluate("window.viaduct.on('explosion', () => {})")).rejects.toThrow('no such event');
  });

  test('an invalid payload is refused', async ({ page }) => {
    for (const request of ['{}', '{ connectUri: 5 }', "{ connectUri: 'x', more: 1 }", 'undefined', '[]']) {
      expect(await page.evaluate(`window.viaduct.call('hosts.add', ${request})`)).toMatchObject({
        ok: false,
        error: { code: 'bad-request' },
      });
    }
  });

  test('a foreign page in the window is refused', async ({ page, shell }) => {
    await shell.electron?.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.loadURL('data:text/html,<title>foreign</title>'),
    );
    await expect(page).toHaveTitle('foreign');
    expect(await page.evaluate("window.viaduct.call('app.info', {})")).toMatchObject({
      ok: false,
      error: { code: 'foreign-sender' },
    });
  });

  test('the page cannot leave for another address', async ({ page }) => {
    const before = page.url();
    await page.evaluate("location.href = 'https://example.com/'");
    await page.evaluate("window.viaduct.call('app.info', {})");
    expect(page.url()).toBe(before);
    await expect(page.getByRole('heading', { level: 1, name: 'Board' })).toBeAttached();
  });

  test('an error that nobody expected is told in words, its trace kept in a private file', async ({
    shell,
    home,
  }) => {
    const shown = await shell.electron?.evaluate(({ app, dialog }) => {
      const boxes: string[] = [];
      dialog.showErrorBox = (title, content) => boxes.push(`${title}\n${content}`);
      const exits: number[] = [];
      const exit = app.exit.bind(app);
      app.exit = (code) => exits.push(code ?? 0);
      process.emit('uncaughtException', new Error('the ground has gone'));
      app.exit = exit;
      return { boxes, exits };
    });
    expect(shown?.exits).toEqual([1]);
    expect(shown?.boxes).toHaveLength(1);
    expect(shown?.boxes[0]).toContain('the ground has gone');
    expect(shown?.boxes[0]).not.toMatch(/^\s+at /m);
    const log = join(home, 'crash.log');
    expect(await readFile(log, 'utf8')).toMatch(/^\s+at /m);
    expect((await stat(log)).mode & 0o777).toBe(0o600);
  });

  test('files outside the built screen do not exist', async ({ page, complaints }) => {
    for (const path of [
      '/../../build/main.cjs',
      '/%2e%2e/%2e%2e/build/main.cjs',
      '/..%2f..%2fpackage.json',
    ]) {
      expect(await page.evaluate(`fetch('${path}').then((response) => response.status)`)).toBe(404);
    }
    complaints.length = 0;
  });
});

test.describe('over the address of viaduct serve', () => {
  test.skip(({ shellKind }) => shellKind !== 'browser', 'the desktop shell has no address');

  test('the token leaves the address bar, and a reload goes on', async ({ page }) => {
    expect(page.url()).not.toContain('token');
    await page.reload();
    await expect(page.getByRole('button', { name: 'Add a host' })).toBeVisible();
  });

  test('a used address opens nothing in a second browser', async ({ browser, home }) => {
    const serve = await startServe({ home });
    const [first, second] = [await browser.newContext(), await browser.newContext()];
    const pages = [await first.newPage(), await second.newPage()] as const;
    await pages[0].goto(serve.url);
    await expect(pages[0].getByRole('button', { name: 'Add a host' })).toBeVisible();
    await pages[1].goto(serve.url);
    await expect(pages[1].getByText('This page needs a fresh address')).toBeVisible();
    await Promise.all([first.close(), second.close()]);
    await serve.stop();
  });
});
