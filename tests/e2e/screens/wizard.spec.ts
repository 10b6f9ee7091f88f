import { expect, test, type Page } from '@playwright/test';
import type { WizardSnapshot } from '../../../electron/ipc/views.ts';
import type { PageGlobals, World } from './fake-channel.ts';
import { alpha, beta, gamma } from './lab-hosts.ts';
import * as lab from './lab-wizard.ts';
import { openScreen, requestsOf } from './open-screen.ts';
import { serveRenderer } from './renderer-server.ts';
import { openWizard } from './wizard-states.ts';

/* What the wizard's screens do and ask for, over a channel whose answers each test sets. */

const secret = 'correct horse battery';
const unlocked = { ...lab.authority, unlockedUntilMs: Date.now() + 600_000 };

let server: Awaited<ReturnType<typeof serveRenderer>>;
test.beforeAll(async () => {
  server = await serveRenderer();
});
test.afterAll(() => server.close());
test.use({ viewport: { width: 1440, height: 900 } });

async function show(page: Page, wizard: WizardSnapshot, more: Partial<World> = {}): Promise<void> {
  const authorities = lab.authorities([lab.authority]);
  await openScreen(page, server.url, { hosts: [alpha, beta], authorities, wizard, ...more });
  await openWizard(page);
}

async function tell(page: Page, wizard: WizardSnapshot, generation: number): Promise<void> {
  await page.evaluate((told) => (globalThis as unknown as PageGlobals).fakeWorld.emit('wizard', told), {
    ...wizard,
    generation,
  });
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

test('the board proposes to prepare two hosts, until it is told not to', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha, beta] });
  await button(page, 'Prepare them').click();
  await expect(page.getByRole('heading', { name: 'Which hosts are to exchange guests?' })).toBeFocused();
  await button(page, 'Leave; you can come back').click();
  await button(page, "Don't propose this again").click();
  await expect(button(page, 'Prepare them')).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('region', { name: 'alpha.lab' })).toBeVisible();
  await expect(button(page, 'Prepare them')).toHaveCount(0);
});

test('the hosts that can be chosen are looked at, and those that cannot say why', async ({ page }) => {
  await show(page, lab.emptyWizard, { hosts: [gamma, alpha, beta] });
  const hosts = page.getByRole('list', { name: 'Hosts of the board' });
  await expect(hosts.getByRole('checkbox')).toHaveCount(3);
  await expect(hosts.getByRole('checkbox', { name: /gamma\.lab/ })).toBeDisabled();
  await expect(hosts).toContainText('It is not connected: gamma.lab did not answer');
  await hosts.getByRole('checkbox', { name: /beta\.lab/ }).uncheck();
  const look = button(page, 'Look at alpha.lab');
  await expect(look).toHaveAttribute('aria-disabled', 'true');
  await expect(look).toHaveAccessibleDescription('Choose at least two hosts.');
  await look.click({ force: true });
  expect(await requestsOf(page, 'wizard.chooseHosts')).toEqual([]);
  await hosts.getByRole('checkbox', { name: /beta\.lab/ }).check();
  await button(page, 'Look at alpha.lab and beta.lab').click();
  expect(await requestsOf(page, 'wizard.chooseHosts')).toEqual([{ hostIds: ['alpha', 'beta'] }]);
});

test('hosts that were chosen before are looked at when the wizard is opened, not earlier', async ({
  page,
}) => {
  const waiting = lab.twoHosts.map((host) => ({ ...host, look: { state: 'waiting' as const } }));
  const wizard = lab.wizardAt('names', { hosts: waiting });
  await openScreen(page, server.url, { hosts: [alpha, beta], wizard });
  expect(await requestsOf(page, 'wizard.look')).toEqual([]);
  await openWizard(page);
  await expect.poll(() => requestsOf(page, 'wizard.look')).toEqual([{}]);
  await expect(page.getByRole('heading', { name: /Under which names/ })).toBeVisible();
});

test('what a host refuses stays at it with its remedy, and can be tried again', async ({ page }) => {
  const failed = { state: 'failed' as const, problem: lab.problem() };
  const hosts = lab.twoHosts.map((host) => (host.hostId === 'beta' ? { ...host, look: failed } : host));
  await show(
    page,
    lab.wizardAt('hosts', {
      hosts,
      steps: lab.stepsAt('hosts', { state: 'failed', problem: lab.problem() }),
    }),
  );
  const alert = page.getByRole('region', { name: 'beta.lab' }).getByRole('alert');
  await expect(alert).toContainText('Try again with the right password');
  await expect(page.getByRole('alert')).toHaveCount(1);
  await alert.getByRole('button', { name: 'Try again' }).click();
  expect(await requestsOf(page, 'wizard.look')).toEqual([{}]);
});

test('an authority is made, chosen, and its passphrase is nowhere in the page afterwards', async ({
  page,
}) => {
  await show(page, lab.wizardAt('authority'), { authorities: lab.authorities([]) });
  await page.getByRole('textbox', { name: 'Name' }).fill('Example CA');
  const make = button(page, 'Make this authority');
  const fields = [page.getByLabel('Passphrase', { exact: true }), page.getByLabel('The same again')];
  for (const field of fields) {
    await expect(field).toHaveAttribute('type', 'password');
    await expect(field).toHaveAttribute('autocomplete', 'off');
  }
  await fields[0]?.fill(secret);
  await fields[1]?.fill('correct cow');
  await expect(page.getByText('The two differ.')).toBeVisible();
  await expect(make).toHaveAttribute('aria-disabled', 'true');
  await fields[1]?.fill(secret);
  await make.click();
  await expect.poll(() => requestsOf(page, 'wizard.goTo')).toEqual([{ step: 'names' }]);
  expect(await requestsOf(page, 'authorities.create')).toEqual([
    { name: 'Example CA', days: 3650, key: 'rsa3072', passphrase: secret, remember: false },
  ]);
  expect(await requestsOf(page, 'wizard.chooseAuthority')).toEqual([{ name: 'Example CA' }]);
  const values = await page
    .locator('input, textarea')
    .evaluateAll((all) => all.map((each) => (each as unknown as { value: string }).value));
  expect(values.join('\n')).not.toContain(secret);
});

test('what cannot be pressed looks so under the pointer as well', async ({ page }) => {
  await show(page, lab.wizardAt('authority'), { authorities: lab.authorities([]) });
  const make = button(page, 'Make this authority');
  await expect(make).toHaveAttribute('aria-disabled', 'true');
  const colours = () =>
    make.evaluate<string, undefined>('button => getComputedStyle(button).backgroundColor');
  const before = await colours();
  await make.hover({ force: true });
  await expect.poll(() => page.evaluate<number>('document.getAnimations().length')).toBe(0);
  expect(await colours()).toBe(before);
});

test('a passphrase is remembered only by a key store that protects it', async ({ page }) => {
  await show(page, lab.wizardAt('authority'), { authorities: lab.authorities([], lab.noStore) });
  const remember = page.getByRole('checkbox', { name: /^Remember it/ });
  await expect(remember).toBeDisabled();
  await expect(remember).toHaveAccessibleDescription(lab.noStore.sentence);
});

test('after a refusal the pasted key is still there, and its passphrase is not', async ({ page }) => {
  await show(page, lab.wizardAt('authority'), {
    refusals: { 'authorities.import': 'It may not sign others.' },
  });
  await page.getByRole('radio', { name: /^Bring one/ }).check();
  await page.getByRole('textbox', { name: 'Name' }).fill('Company root');
  await page.getByRole('textbox', { name: 'Its certificate' }).fill('-----BEGIN CERTIFICATE-----');
  await page.getByRole('textbox', { name: 'Its private key' }).fill('-----BEGIN PRIVATE KEY-----');
  await expect(page.getByText('-----BEGIN PRIVATE KEY-----')).toHaveCount(0);
  await page.getByLabel('Passphrase', { exact: true }).fill(secret);
  await page.getByLabel('The same again').fill(secret);
  await button(page, 'Bring it in').click();
  await expect(page.getByRole('alert')).toBeInViewport();
  await expect(page.getByLabel('Passphrase', { exact: true })).toHaveValue('');
  await expect(button(page, 'Bring it in')).toHaveAccessibleDescription('Choose a passphrase for its key.');
});

test('names are taken out, taken in and added', async ({ page }) => {
  await show(page, lab.wizardAt('names'));
  const host = page.getByRole('region', { name: 'alpha.lab' });
  await host.getByRole('button', { name: 'Take alpha out' }).click();
  await host.getByRole('button', { name: /^Left out/ }).click();
  await expect(host.getByText('cannot be taken in')).toBeVisible();
  await host.getByRole('button', { name: 'Take in 192.168.122.1' }).click();
  await host.getByRole('textbox', { name: 'Another name or address' }).fill(' Storage.Lab ');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => requestsOf(page, 'wizard.setNames'))
    .toEqual([
      { hostId: 'alpha', names: ['alpha.lab', '10.77.0.11'] },
      { hostId: 'alpha', names: ['alpha.lab', 'alpha', '10.77.0.11', '192.168.122.1'] },
      { hostId: 'alpha', names: ['alpha.lab', 'alpha', '10.77.0.11', 'storage.lab'] },
    ]);
});

test('certificates are put on the hosts only after the authority was unlocked', async ({ page }) => {
  await show(page, lab.wizardAt('certificates'));
  const put = button(page, 'Put certificates on alpha.lab and beta.lab');
  await put.click({ force: true });
  expect(await requestsOf(page, 'wizard.deploy')).toEqual([]);
  const form = page.getByRole('form', { name: 'Unlock Example Lab CA' });
  await form.getByLabel('Passphrase of Example Lab CA').fill(secret);
  await page.keyboard.press('Enter');
  await expect(form.getByLabel('Passphrase of Example Lab CA')).toHaveValue('');
  expect(await requestsOf(page, 'authorities.unlock')).toEqual([
    { name: 'Example Lab CA', passphrase: secret, remember: false },
  ]);
  await page.evaluate((list) => (globalThis as unknown as PageGlobals).fakeWorld.emit('authorities', list), {
    ...lab.authorities([unlocked]),
    generation: 2,
  });
  await expect(form).toHaveCount(0);
  await put.click();
  expect(await requestsOf(page, 'wizard.deploy')).toEqual([{}]);
});

test('each file is shown with owner, mode and diff, by the keyboard alone', async ({ page }) => {
  await show(page, lab.wizardAt('certificates'), { authorities: lab.authorities([unlocked]) });
  const file = page
    .getByRole('list', { name: 'Files on alpha.lab' })
    .getByRole('button', { name: /servercert/ });
  await expect(file).toContainText('root:root');
  await expect(file).toContainText('0644');
  await file.press('Enter');
  const diff = page.getByRole('group', { name: /servercert\.pem: 4 lines added, 2 removed/ });
  await expect(diff).toContainText('+issuer: CN=Example Lab CA');
  await expect(diff).toContainText('−issuer: CN=Old CA');
});

test('what is there already is said, and needs one click', async ({ page }) => {
  await show(
    page,
    lab.wizardAt('certificates', {
      steps: lab.stepsAt('certificates', { state: 'there-already', sentence: 'Both hosts have theirs.' }),
      certificates: ['alpha', 'beta'].map((id) =>
        lab.certificates(id, { state: 'there-already', reasons: [] }),
      ),
    }),
  );
  await expect(page.getByText('Nothing to do here.')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Certificates there already/ })).toHaveAttribute(
    'aria-current',
    'step',
  );
  await button(page, 'Continue').click();
  expect(await requestsOf(page, 'wizard.goTo')).toEqual([{ step: 'changes' }]);
});

test('what runs is told with its time, and can be cancelled where that is possible', async ({ page }) => {
  const wizard = lab.wizardAt('changes', { running: lab.running('Changing alpha.lab') });
  await show(page, wizard);
  await expect(page.getByRole('status').filter({ hasText: 'Changing alpha.lab' })).toBeVisible();
  await expect(button(page, 'Change alpha.lab and beta.lab')).toHaveAttribute('aria-disabled', 'true');
  await button(page, 'Cancel').click();
  expect(await requestsOf(page, 'wizard.cancel')).toEqual([{}]);
  await tell(page, { ...wizard, running: lab.running('Changing alpha.lab', { cancelling: true }) }, 2);
  await expect(page.getByText('Cancelling; what was begun is brought to an end.')).toBeVisible();
  await expect(button(page, 'Cancel')).toBeDisabled();
  await tell(page, { ...wizard, running: lab.running('Restarting it', { cancellable: false }) }, 3);
  await expect(button(page, 'Cancel')).toBeDisabled();
});

test('hosts are changed as wished, and not over an obstacle', async ({ page }) => {
  const wizard = lab.wizardAt('changes');
  await show(page, wizard);
  await page.getByRole('checkbox', { name: /^Refuse every migration in the clear/ }).check();
  expect(await requestsOf(page, 'wizard.setWishes')).toEqual([{ ...wizard.wishes, forceTls: true }]);
  await button(page, 'Change alpha.lab and beta.lab').click();
  expect(await requestsOf(page, 'wizard.applyChanges')).toEqual([{}]);
  const obstacles = [{ message: 'A job runs.', remedy: 'Wait for it.' }];
  await tell(page, { ...wizard, changes: [lab.changes('alpha'), lab.changes('beta', { obstacles })] }, 2);
  await expect(button(page, 'Change alpha.lab and beta.lab')).toHaveAccessibleDescription(
    'Clear what is in the way on beta.lab, then look again.',
  );
  await expect(page.getByRole('list', { name: 'In the way on beta.lab' })).toContainText('Wait for it.');
});

test('taking back asks first, and says what it does', async ({ page }) => {
  await show(
    page,
    lab.wizardAt('changes', {
      changes: [lab.changes('alpha', { state: 'applied', undoable: true }), lab.changes('beta')],
    }),
  );
  const undo = button(page, 'Take the changes back on alpha.lab');
  await undo.click();
  const dialog = page.getByRole('dialog', { name: 'Take back the changes on alpha.lab?' });
  await expect(dialog).toContainText('to the byte');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await requestsOf(page, 'wizard.undoChanges')).toEqual([]);
  await undo.click();
  await dialog.getByRole('button', { name: 'Take the changes back' }).click();
  expect(await requestsOf(page, 'wizard.undoChanges')).toEqual([{ hostId: 'alpha' }]);
});

test('the matrix is walked with the arrow keys, and says why a direction failed', async ({ page }) => {
  await show(
    page,
    lab.wizardAt('proof', {
      cells: [
        lab.cell('alpha', 'beta', ['proven', 'proven']),
        lab.cell('beta', 'alpha', ['failed', 'proven']),
      ],
    }),
  );
  const detail = page.getByRole('region', { name: 'What was tried' });
  await expect(page.getByText('1 of 2 directions proven, 1 failed.').first()).toBeVisible();
  await expect(detail).toContainText('From beta.lab to alpha.lab');
  await expect(detail).toContainText('Go back to the names');
  const bad = page.getByRole('gridcell', { name: /^beta\.lab to alpha\.lab/ });
  await expect(bad).toHaveAttribute('aria-selected', 'true');
  await bad.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  const good = page.getByRole('gridcell', { name: /^alpha\.lab to beta\.lab/ });
  await expect(good).toBeFocused();
  await expect(detail).toContainText('From alpha.lab to beta.lab');
  await expect(detail).toContainText('both certificates accepted');
  await button(page, 'Try all again').click();
  expect(await requestsOf(page, 'wizard.prove')).toEqual([{}]);
});

test('green and "proven" are for what was tried, whole', async ({ page }) => {
  const wizard = lab.wizardAt('proof', { cells: lab.cells(['alpha', 'beta'], () => ['proven', 'waiting']) });
  await show(page, wizard);
  await expect(page.getByText('both ends verified each other')).toHaveCount(0);
  await tell(page, { ...wizard, cells: lab.cells(['alpha', 'beta']) }, 2);
  await expect(page.getByText('both ends verified each other')).toBeVisible();
});

test('a rehearsal is offered between hosts that are proven in both directions', async ({ page }) => {
  const done = lab.wizardAt('done', { cells: lab.cells(['alpha', 'beta']) });
  await show(page, done);
  await page.getByRole('combobox', { name: 'From' }).selectOption('beta.lab');
  await expect(button(page, 'Rehearse')).toHaveAccessibleDescription('Choose two different hosts.');
  await page.getByRole('combobox', { name: 'to', exact: true }).selectOption('alpha.lab');
  await button(page, 'Rehearse').click();
  expect(await requestsOf(page, 'wizard.rehearse')).toEqual([
    { sourceHostId: 'beta', destinationHostId: 'alpha' },
  ]);
  const cells = [
    lab.cell('alpha', 'beta', ['proven', 'failed']),
    lab.cell('beta', 'alpha', ['proven', 'proven']),
  ];
  await tell(page, { ...done, cells }, 2);
  await expect(button(page, 'Rehearse')).toHaveAccessibleDescription(/Not both directions/);
  await button(page, 'Move a guest').click();
  await expect(page.getByRole('region', { name: 'alpha.lab' })).toBeVisible();
});

test('a refusal stays at its step, with what to do', async ({ page }) => {
  const wizard = lab.wizardAt('changes');
  await show(page, wizard, { refusals: { 'wizard.applyChanges': 'Certificates are being renewed.' } });
  await button(page, 'Change alpha.lab and beta.lab').click();
  await expect(page.getByRole('alert')).toContainText('Certificates are being renewed.');
  await expect(page.getByRole('alert')).toContainText('Try something else.');
  await tell(page, { ...wizard, step: 'certificates' }, 2);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('beginning anew is asked about', async ({ page }) => {
  await show(page, lab.wizardAt('names'));
  await button(page, 'Begin anew').click();
  const dialog = page.getByRole('dialog', { name: 'Begin anew?' });
  await expect(dialog).toContainText('Nothing is touched on any host');
  await dialog.getByRole('button', { name: 'Begin anew' }).click();
  expect(await requestsOf(page, 'wizard.reset')).toEqual([{}]);
});

test('the password for sudo is asked for, and refused by Escape', async ({ page }) => {
  const prompt = { kind: 'sudo' as const, host: 'beta.lab', user: 'admin' };
  await openScreen(page, server.url, {
    hosts: [alpha, beta],
    prompts: [
      { ...prompt, promptId: 'p1', attempt: 1 },
      { ...prompt, promptId: 'p2', attempt: 2 },
    ],
  });
  const dialog = page.getByRole('dialog', { name: 'Become root on beta.lab' });
  await expect(dialog.getByLabel('Password of admin')).toHaveAttribute('type', 'password');
  await dialog.getByLabel('Password of admin').fill(secret);
  await page.keyboard.press('Enter');
  await expect(dialog).toContainText('sudo did not accept that password.');
  await page.keyboard.press('Escape');
  await expect
    .poll(() => requestsOf(page, 'prompts.answer'))
    .toEqual([
      { promptId: 'p1', answer: { kind: 'secret', secret } },
      { promptId: 'p2', answer: { kind: 'refuse' } },
    ]);
});
