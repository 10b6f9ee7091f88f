import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Lab } from '../lab/lab.ts';
import { takeLock } from '../lab/lock.ts';
import { labHosts } from './fixtures/lab.ts';
import { expect, test } from './fixtures/test.ts';

/* The first meeting with a host: its key is on no record, so a person is asked. */

const pair = labHosts();
test.skip(pair === undefined, 'The lab is not up: npm run lab -- up');

/** The lab's URI without its record of host keys: Viaduct's own is consulted, and it is empty. */
function unknownHost(): { name: string; connectUri: string } {
  if (!pair) throw new Error('skipped without a lab');
  return { ...pair.alpha, connectUri: pair.alpha.connectUri.replace(/&known_hosts=[^&]*/, '') };
}

test.beforeAll(async () => {
  await using held = new AsyncDisposableStack();
  held.use(await takeLock('e2e tests'));
  const lab = await Lab.attach();
  await lab.reset();
});

test.beforeEach(async ({ page }) => {
  await page.getByRole('button', { name: 'Add a host' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Add a host' });
  await dialog.getByRole('textbox', { name: 'Connect URI' }).fill(unknownHost().connectUri);
  await dialog.getByRole('button', { name: /^Add/ }).click();
});

test('shows the fingerprint, and connects once it is accepted', async ({ page, home }) => {
  const question = page.getByRole('dialog', { name: 'Is this really alpha.lab?' });
  await expect(question).toContainText(/SHA256:[A-Za-z0-9+/]{43}/);
  await question.getByRole('button', { name: 'It matches, connect' }).click();

  const column = page.getByRole('region', { name: 'alpha.lab' });
  await expect(column).toContainText('connected over ssh', { timeout: 20_000 });
  await expect(column.getByRole('article', { name: 'db01' })).toBeVisible();
  const record = join(home, 'known_hosts');
  expect(await readFile(record, 'utf8')).toMatch(/^\S+ (ssh|ecdsa)-\S+ \S+/m);
  expect((await stat(record)).mode & 0o777).toBe(0o600);
});

test('does not connect when it is refused, and says what to do', async ({ page, home }) => {
  const question = page.getByRole('dialog', { name: 'Is this really alpha.lab?' });
  await question.getByRole('button', { name: "Don't connect" }).click();

  const column = page.getByRole('region', { name: 'alpha.lab' });
  await expect(column).toContainText('SHA256:', { timeout: 20_000 });
  await expect(column.getByRole('button', { name: 'Try now' })).toBeVisible();
  await expect(stat(join(home, 'known_hosts'))).rejects.toThrow();
});
