import { expect, test, type Page } from '@playwright/test';
import type { CertificatesSnapshot } from '../../../electron/ipc/views.ts';
import { locked, openCertificates, unlocked, world } from './certificate-states.ts';
import type { PageGlobals } from './fake-channel.ts';
import * as lab from './lab-certificates.ts';
import { openScreen, requestsOf } from './open-screen.ts';
import { serveRenderer } from './renderer-server.ts';

/* What the certificates view does, by role and label; how it looks is among the states of screens.spec.ts. */

let server: Awaited<ReturnType<typeof serveRenderer>>;
test.beforeAll(async () => {
  server = await serveRenderer();
});
test.afterAll(() => server.close());

const week = lab.host('alpha.lab', lab.everywhere(6));
const day = lab.host('beta.lab', lab.everywhere(0));
const fine = lab.host('gamma.lab', lab.everywhere(700));

async function open(page: Page, snapshot: CertificatesSnapshot, authorities = [locked]): Promise<void> {
  await openScreen(page, server.url, world(snapshot, authorities));
  await openCertificates(page);
}

function emit(page: Page, certificates: CertificatesSnapshot): Promise<void> {
  return page.evaluate(
    (snapshot) => (globalThis as unknown as PageGlobals).fakeWorld.emit('certificates', snapshot),
    certificates,
  );
}

const group = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

test('the rail counts what needs care, in words as well', async ({ page }) => {
  await open(page, lab.certificates([week, day, fine]));
  await expect(page.getByRole('button', { name: /^Certificates ?, 2 need care$/ })).toBeVisible();
  await expect(page.getByText('2 of 3 hosts need care, 1 of them now.')).toBeVisible();
  await emit(page, { ...lab.certificates([fine]), generation: 2 });
  await expect(page.getByRole('button', { name: 'Certificates', exact: true })).toBeVisible();
});

test('opening the view looks at hosts without asking for a password; "Look again" may ask', async ({
  page,
}) => {
  await open(page, lab.certificates([fine]));
  expect(await requestsOf(page, 'certificates.look')).toEqual([{ mayAsk: false }]);
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('button', { name: 'Actions for gamma.lab' }).click();
  await page.getByRole('menuitem', { name: 'Look again' }).click();
  expect(await requestsOf(page, 'certificates.look')).toEqual([
    { mayAsk: false },
    { mayAsk: true },
    { mayAsk: true, hostIds: ['gamma'] },
  ]);
});

test('a host unfolds to where each certificate was seen', async ({ page }) => {
  await open(page, lab.certificates([fine]));
  await expect(page.getByRole('table')).toHaveCount(0);
  await group(page, 'gamma.lab').getByRole('button', { name: 'gamma.lab', exact: true }).press('Enter');
  const table = page.getByRole('table', { name: 'Certificates of gamma.lab' });
  await expect(table.getByRole('row', { name: /libvirt server/ })).toContainText('served');
  await expect(table.getByRole('row', { name: /QEMU client/ })).toContainText('700 days left');
});

test('a daemon that still shows another certificate is called out, unfolded', async ({ page }) => {
  const stale = lab.host('alpha.lab', [
    ...lab.everywhere(700).filter(({ seen }) => seen !== 'served'),
    lab.bar('served', 'libvirt server', 20, { isStale: true, fingerprint: 'OLD' }),
  ]);
  await open(page, lab.certificates([stale, fine]));
  await expect(group(page, 'alpha.lab')).toContainText('The daemon still shows another certificate');
  await expect(page.getByRole('row', { name: /libvirt server/ })).toContainText('another one served');
});

test('renewing asks for the passphrase first, and can only begin when it is unlocked', async ({ page }) => {
  await open(page, lab.certificates([week, fine]));
  await group(page, 'alpha.lab').getByRole('button', { name: 'Renew …' }).click();
  const dialog = page.getByRole('dialog', { name: 'Renew the certificates of alpha.lab' });
  await expect(dialog.getByRole('button', { name: 'Renew alpha.lab' })).toBeDisabled();
  await dialog.getByLabel('Passphrase of Example Lab CA').fill('correct horse');
  await dialog.getByRole('button', { name: 'Unlock', exact: true }).click();
  expect(await requestsOf(page, 'authorities.unlock')).toEqual([
    { name: 'Example Lab CA', passphrase: 'correct horse', remember: false },
  ]);
  await page.evaluate(
    (authority) =>
      (globalThis as unknown as PageGlobals).fakeWorld.emit('authorities', {
        generation: 2,
        authorities: [authority],
        unreadable: [],
        keyStore: { protects: false, sentence: '' },
      }),
    unlocked,
  );
  await dialog.getByRole('button', { name: 'Renew alpha.lab' }).click();
  expect(await requestsOf(page, 'certificates.renew')).toEqual([{ hostIds: ['alpha'] }]);
  await expect(dialog).toBeHidden();
});

test('all that need care are renewed at once, or those that are selected', async ({ page }) => {
  await open(page, lab.certificates([week, day, fine]), [unlocked]);
  await page.getByRole('button', { name: 'Renew all 2 that need care …' }).click();
  await page.getByRole('button', { name: 'Renew beta.lab and alpha.lab' }).click();
  await page.getByRole('checkbox', { name: 'Select gamma.lab' }).check();
  await page.getByRole('button', { name: 'Renew the 1 selected …' }).click();
  await page.getByRole('button', { name: 'Renew gamma.lab' }).click();
  expect(await requestsOf(page, 'certificates.renew')).toEqual([
    { hostIds: ['beta', 'alpha'] },
    { hostIds: ['gamma'] },
  ]);
  await expect(page.getByRole('checkbox', { name: 'Select gamma.lab' })).not.toBeChecked();
});

test('what cannot begin says why, in the dialog', async ({ page }) => {
  const refusals = { 'certificates.renew': 'One thing at a time: hosts are being looked at.' };
  await openScreen(page, server.url, { ...world(lab.certificates([week]), [unlocked]), refusals });
  await openCertificates(page);
  await page.getByRole('button', { name: 'Renew …', exact: true }).click();
  await page.getByRole('button', { name: 'Renew alpha.lab' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('One thing at a time');
});

test('revoking wants the name typed', async ({ page }) => {
  await open(page, lab.certificates([fine]), [unlocked]);
  await page.getByRole('button', { name: 'Actions for gamma.lab' }).click();
  await page.getByRole('menuitem', { name: 'Revoke …' }).click();
  const revoke = page.getByRole('button', { name: 'Revoke gamma.lab' });
  await page.getByRole('textbox', { name: 'Type gamma.lab to confirm' }).fill('gamma');
  await expect(revoke).toBeDisabled();
  await page.getByRole('textbox', { name: 'Type gamma.lab to confirm' }).fill('gamma.lab');
  await revoke.click();
  expect(await requestsOf(page, 'certificates.revoke')).toEqual([{ owner: 'gamma.lab' }]);
});

test('a host that is not on the board can be revoked, and not renewed', async ({ page }) => {
  const gone = lab.host('old.lab', lab.issued(-3), { hostId: undefined, lookedAtMs: undefined });
  await open(page, lab.certificates([fine, gone]));
  await expect(page.getByRole('button', { name: 'Certificates', exact: true })).toBeVisible();
  await expect(group(page, 'old.lab')).toContainText('not on the board');
  await expect(page.getByRole('checkbox', { name: 'Select old.lab' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Actions for old.lab' }).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Revoke …']);
});

test('what runs is told at its host, can be cancelled, and its end can be dismissed', async ({ page }) => {
  const running = lab.certificates([week, fine], { work: lab.work() });
  await open(page, running, [unlocked]);
  await expect(group(page, 'alpha.lab').getByRole('status')).toHaveText(
    /Making the qemu server key of alpha\.lab/,
  );
  await expect(page.getByRole('button', { name: 'Look again' })).toBeDisabled();
  await group(page, 'alpha.lab').getByRole('button', { name: 'Cancel' }).click();
  expect(await requestsOf(page, 'certificates.cancel')).toEqual([{}]);
  const work = lab.work({ outcome: 'done', findings: lab.findings });
  await emit(page, { ...running, generation: 2, work });
  await expect(group(page, 'alpha.lab').getByRole('status')).toHaveText(
    'Renewed the certificates of alpha.lab.',
  );
  await group(page, 'alpha.lab').getByRole('button', { name: 'Dismiss' }).click();
  expect(await requestsOf(page, 'certificates.dismiss')).toEqual([{}]);
});

test('an authority is unlocked, locked and forgotten from its line', async ({ page }) => {
  await open(page, lab.certificates([fine]), [{ ...locked, remembered: true }]);
  const line = group(page, 'Example Lab CA');
  await line.getByRole('button', { name: 'Unlock …' }).click();
  await line.getByRole('button', { name: 'Use the remembered one' }).click();
  expect(await requestsOf(page, 'authorities.unlock')).toEqual([{ name: 'Example Lab CA', remember: false }]);
  await line.getByRole('button', { name: 'Actions for Example Lab CA' }).click();
  await page.getByRole('menuitem', { name: 'Forget its passphrase' }).click();
  expect(await requestsOf(page, 'authorities.forget')).toEqual([{ name: 'Example Lab CA' }]);
});

test('a host on the board leads to its certificates', async ({ page }) => {
  await openScreen(page, server.url, world(lab.certificates([week, day, fine])));
  await page.getByRole('button', { name: 'Actions for gamma.lab' }).click();
  await page.getByRole('menuitem', { name: 'Certificates' }).click();
  await expect(page.getByRole('table', { name: 'Certificates of gamma.lab' })).toBeInViewport();
});

test('where there is nothing yet, one sentence leads to the wizard', async ({ page }) => {
  await openScreen(page, server.url, {});
  await openCertificates(page);
  await page.getByRole('button', { name: 'Secure hosts …' }).click();
  await expect(page.getByRole('heading', { name: 'Secure migration', level: 1 })).toBeVisible();
});
