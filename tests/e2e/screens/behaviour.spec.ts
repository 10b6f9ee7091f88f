import { expect, test, type Locator } from '@playwright/test';
import type { GuestChanges, MigrationSnapshot } from '../../../electron/ipc/views.ts';
import type { PageGlobals } from './fake-channel.ts';
import { alpha, beta, gamma, web01OnFiles } from './lab-hosts.ts';
import { migrated, running } from './lab-moves.ts';
import {
  blockedReview,
  cleanReview,
  plainReview,
  relayedReview,
  unreachableReview,
  withDiskReview,
} from './lab-reviews.ts';
import { openScreen, requestsOf } from './open-screen.ts';
import { card, column, dragOver, openReview } from './pointing.ts';
import { serveRenderer } from './renderer-server.ts';

/* What the screen does and asks for, over a channel whose answers each test sets. */

const verdicts = [
  { hostId: 'beta', can: true as const, sentence: 'Can take it' },
  { hostId: 'gamma', can: false as const, sentence: 'No: gamma.lab is not connected' },
];
const three = { hosts: [alpha, gamma, beta], verdicts };

/** What is known of the connections of a stream, in the order in which it is read. */
const factsOf = (row: Locator): Locator => row.getByRole('definition');

type Settled = [GuestChanges, GuestChanges, MigrationSnapshot];

let server: Awaited<ReturnType<typeof serveRenderer>>;
test.beforeAll(async () => {
  server = await serveRenderer();
});
test.afterAll(() => server.close());
test.use({ viewport: { width: 1440, height: 900 } });

test('dropping a guest on a host that can take it opens the review of that move', async ({ page }) => {
  await openScreen(page, server.url, { ...three, review: cleanReview });
  await dragOver(page, 'beta.lab');
  await expect(column(page, 'beta.lab')).toContainText('Can take it');
  await expect(column(page, 'gamma.lab')).toContainText('No: gamma.lab is not connected');
  await page.mouse.up();
  await expect(
    page.getByRole('complementary', { name: 'Move web01 from alpha.lab to beta.lab' }),
  ).toBeVisible();
  expect(await requestsOf(page, 'migrations.review')).toMatchObject([
    { guestUuid: 'uuid-web01', sourceHostId: 'alpha', destinationHostId: 'beta' },
  ]);
});

test('dropping a guest on a host that cannot take it opens the reason, and asks for no review', async ({
  page,
}) => {
  await openScreen(page, server.url, three);
  await dragOver(page, 'gamma.lab');
  await page.mouse.up();
  await expect(page.getByRole('alert')).toContainText('gamma.lab is not connected');
  expect(await requestsOf(page, 'migrations.review')).toEqual([]);
});

test('Escape puts a lifted guest back, and the release that follows does nothing', async ({ page }) => {
  await openScreen(page, server.url, three);
  await dragOver(page, 'beta.lab');
  await page.keyboard.press('Escape');
  await expect(column(page, 'beta.lab')).not.toContainText('Can take it');
  await page.mouse.up();
  await expect(page.getByRole('complementary')).toHaveCount(0);
  expect(await requestsOf(page, 'migrations.review')).toEqual([]);
});

test('the keyboard and the menu reach the same list, and closing it gives the focus back', async ({
  page,
}) => {
  await openScreen(page, server.url, three);
  const name = card(page, 'alpha.lab', 'web01').getByRole('button', { name: 'web01', exact: true });
  await name.press('m');
  const panel = page.getByRole('complementary', { name: 'web01 on alpha.lab' });
  await expect(panel.getByRole('button', { name: /^gamma\.lab/ })).toBeFocused();
  await expect(panel.getByRole('button', { name: /^gamma\.lab/ })).toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('Escape');
  await expect(panel).toHaveCount(0);
  await expect(name).toBeFocused();
  await page.getByRole('button', { name: 'Actions for web01' }).click();
  await page.getByRole('menuitem', { name: 'Move to…' }).click();
  await expect(panel).toBeVisible();
});

test('each change of an option closes the review and asks for one with that option', async ({ page }) => {
  await openScreen(page, server.url, { ...three, review: cleanReview });
  await openReview(page);
  await page.getByRole('button', { name: /^How/ }).click();
  await page.getByRole('checkbox', { name: /Slow the guest down/ }).check();
  await page.getByRole('textbox', { name: 'Transfer at most' }).fill('250');
  await page.getByRole('textbox', { name: 'Transfer at most' }).press('Enter');
  await expect.poll(() => requestsOf(page, 'migrations.review')).toHaveLength(3);
  expect(await requestsOf(page, 'migrations.review')).toMatchObject([
    { options: { mode: 'native-tls', autoConverge: false } },
    { options: { autoConverge: true } },
    { options: { autoConverge: true, bandwidthMiBps: 250 } },
  ]);
  expect(await requestsOf(page, 'migrations.closeReview')).toEqual([
    { reviewId: 'review-1' },
    { reviewId: 'review-2' },
  ]);
});

test('a tunnel is opened by the daemons, and asks for their address instead of that of the data', async ({
  page,
}) => {
  await openScreen(page, server.url, { ...three, review: cleanReview });
  await openReview(page);
  await page.getByRole('button', { name: /^How/ }).click();
  await expect(page.getByRole('radio', { name: /^Viaduct/ })).toBeChecked();
  await page.getByRole('radio', { name: /Inside the connection/ }).check();
  await expect(page.getByRole('radio', { name: /^The source's daemon peer-to-peer/ })).toBeChecked();
  await expect(page.getByRole('textbox', { name: 'Data address' })).toHaveCount(0);
  const address = page.getByRole('textbox', { name: 'Address between the daemons' });
  await address.fill('qemu+tls://beta.internal/system');
  await address.press('Enter');
  await expect
    .poll(async () => (await requestsOf(page, 'migrations.review')).at(-1))
    .toMatchObject({
      options: { mode: 'tunnelled', control: 'p2p', dconnuri: 'qemu+tls://beta.internal/system' },
    });
});

test('what is done when the time is over is asked once there is one', async ({ page }) => {
  await openScreen(page, server.url, { ...three, review: cleanReview });
  await openReview(page);
  await page.getByRole('button', { name: /^How/ }).click();
  await expect(page.getByRole('group', { name: 'When that time is over' })).toHaveCount(0);
  const time = page.getByRole('textbox', { name: 'Move within' });
  await time.fill('90');
  await time.press('Enter');
  await expect(page.getByRole('radio', { name: /^Stop; the guest stays/ })).toBeChecked();
  await page.getByRole('radio', { name: /^Run it on the destination/ }).check();
  await expect(page.getByRole('checkbox', { name: /^Allow to run it on the destination/ })).toBeChecked();
  await expect(page.getByRole('radio', { name: /^The source's daemon peer-to-peer/ })).toBeChecked();
  await expect(page.getByRole('checkbox', { name: /without Viaduct$/ })).toHaveCount(0);
  await page.getByRole('textbox', { name: 'Further connections' }).fill('300');
  await expect(page.getByText('A whole number from 1 to 255')).toBeVisible();
  await page.getByRole('radio', { name: /^Send only what changed/ }).check();
  await expect
    .poll(async () => (await requestsOf(page, 'migrations.review')).at(-1))
    .toMatchObject({
      options: { timeoutS: 90, onTimeout: 'post-copy', postCopy: true, control: 'p2p', compress: 'xbzrle' },
    });
});

test('a guest goes in the clear only after the words were typed', async ({ page }) => {
  await openScreen(page, server.url, { ...three, review: plainReview, migrations: [running] });
  await page.evaluate(
    (migrationId) =>
      (globalThis as unknown as PageGlobals).fakeWorld.emit('migrationDismissed', { migrationId }),
    running.migrationId,
  );
  await openReview(page);
  await page.getByRole('button', { name: /^How/ }).click();
  await page.getByRole('radio', { name: /In the clear/ }).check();
  const send = page.getByRole('button', { name: 'Send in the clear' });
  const consent = page.getByRole('textbox', { name: /To consent/ });
  await consent.fill('send');
  await expect(send).toBeDisabled();
  await consent.press('Enter');
  expect(await requestsOf(page, 'migrations.start')).toEqual([]);
  await consent.fill('send in the clear');
  await send.click();
  await expect
    .poll(() => requestsOf(page, 'migrations.start'))
    .toEqual([{ reviewId: 'review-2', plaintextConsent: 'send in the clear' }]);
  expect((await requestsOf(page, 'migrations.review')).at(-1)).toMatchObject({
    options: { mode: 'plain', allowPlaintext: true },
  });
});

test('a move shows its progress on card, ghost and panel, and the guest settles where it runs', async ({
  page,
}) => {
  await openScreen(page, server.url, { hosts: [alpha, beta], migrations: [running] });
  const source = card(page, 'alpha.lab', 'web01').getByRole('progressbar', { name: 'Progress of web01' });
  await expect(source).toHaveAttribute('aria-valuenow', '62');
  await column(page, 'beta.lab')
    .getByRole('button', { name: /web01.*arriving from alpha\.lab/ })
    .click();
  const panel = page.getByRole('complementary', { name: 'Moving web01 from alpha.lab to beta.lab' });
  await expect(panel.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '62');
  await expect(panel).toContainText('Converging');

  const web01 = alpha.guests?.find(({ name }) => name === 'web01');
  if (!web01) throw new Error('The sample host has no web01.');
  await page.evaluate(
    ([gone, come, ended]) => {
      const { fakeWorld } = globalThis as unknown as PageGlobals;
      fakeWorld.emit('guests', gone);
      fakeWorld.emit('guests', come);
      fakeWorld.emit('migration', ended);
    },
    [
      { hostId: alpha.id, since: 1, generation: 2, changed: [], removed: [web01.uuid] },
      { hostId: beta.id, since: 1, generation: 2, changed: [web01], removed: [] },
      migrated,
    ] satisfies Settled as Settled,
  );
  await expect(card(page, 'beta.lab', 'web01')).toBeVisible();
  await expect(card(page, 'alpha.lab', 'web01')).toHaveCount(0);
  const receipt = page.getByRole('complementary', { name: 'web01 from alpha.lab to beta.lab' });
  await expect(receipt).toContainText('web01 runs on beta.lab.');
  await expect(receipt).toContainText('187 ms');
});

test('a snapshot that was overtaken on the way changes nothing', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [{ ...alpha, generation: 7 }] });
  await page.evaluate((host) => {
    const { fakeWorld } = globalThis as unknown as PageGlobals;
    const gone = host.guests?.map(({ uuid }) => uuid) ?? [];
    fakeWorld.emit('host', { ...host, generation: 6, name: 'older.lab' });
    fakeWorld.emit('guests', { hostId: host.id, since: 0, generation: 1, changed: [], removed: gone });
    fakeWorld.emit('host', { ...host, generation: 8, name: 'renamed.lab' });
  }, alpha);
  await expect(column(page, 'renamed.lab').getByRole('article')).toHaveCount(5);
});

test('a host with thousands of guests keeps only those in sight in the page, and finds any of them', async ({
  page,
}) => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const [web01] = alpha.guests ?? [];
  if (!web01) throw new Error('The sample host has no guest.');
  const guests = Array.from({ length: 3000 }, (_, index) => ({
    ...web01,
    uuid: `uuid-${index}`,
    name: `guest-${index}`,
  }));
  await openScreen(page, server.url, { hosts: [{ ...alpha, guests }] });
  const cards = column(page, 'alpha.lab').getByRole('article');
  await expect(cards.first()).toBeVisible();
  expect(await cards.count()).toBeLessThan(60);
  await page.getByRole('searchbox', { name: 'Search guests' }).fill('guest-2987');
  await expect(card(page, 'alpha.lab', 'guest-2987')).toBeVisible();
  await expect(cards).toHaveCount(1);
  expect(complaints).toEqual([]);
});

test('each disk of a guest can be copied along or left, and none of them when none is left', async ({
  page,
}) => {
  const hosts = [{ ...alpha, guests: [web01OnFiles] }, beta];
  await openScreen(page, server.url, { hosts, verdicts, review: cleanReview });
  await openReview(page);
  const how = page.getByRole('button', { name: /^How/ });
  await how.click();
  await expect(page.getByRole('group', { name: 'Disks to copy' })).toHaveCount(0);
  await page.getByRole('radio', { name: /Copied along, whole/ }).check();
  const each = page.getByRole('group', { name: 'Disks to copy' });
  await expect(each.getByRole('checkbox')).toHaveCount(2);
  await each.getByRole('checkbox', { name: /vda/ }).uncheck();
  await expect(how).toContainText('vdb copied');
  const asked = async () => (await requestsOf(page, 'migrations.review')).at(-1);
  await expect.poll(asked).toMatchObject({ options: { disks: 'copy', diskTargets: ['vdb'] } });
  await each.getByRole('checkbox', { name: /vdb/ }).click();
  await expect(page.getByRole('radio', { name: /Stay where they are/ })).toBeChecked();
  await expect.poll(asked).toMatchObject({ options: { disks: 'none' } });
});

test('cancelling says what it does, and what was answered', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha, beta], migrations: [running] });
  await card(page, 'alpha.lab', 'web01').getByRole('button', { name: 'web01', exact: true }).click();
  const cancel = page.getByRole('button', { name: 'Cancel migration' });
  await expect(cancel).toHaveAccessibleDescription(/goes on running on alpha\.lab/);
  await cancel.click();
  await expect(page.getByText('Told the source to stop; the guest stays on alpha.')).toBeVisible();
});

test('a host key is accepted by a deliberate click, and refused by Escape', async ({ page }) => {
  const prompt = {
    kind: 'host-key' as const,
    host: 'beta.lab',
    port: 22,
    keyType: 'ssh-ed25519',
    fingerprint: 'SHA256:abc',
    warning: undefined,
  };
  await openScreen(page, server.url, {
    hosts: [alpha],
    prompts: [
      { ...prompt, promptId: 'p1' },
      { ...prompt, promptId: 'p2', host: 'gamma.lab' },
    ],
  });
  await page.getByRole('dialog', { name: 'Is this really beta.lab?' }).press('Escape');
  await page
    .getByRole('dialog', { name: 'Is this really gamma.lab?' })
    .getByRole('button', { name: 'It matches, connect' })
    .click();
  await expect
    .poll(() => requestsOf(page, 'prompts.answer'))
    .toEqual([
      { promptId: 'p1', answer: { kind: 'refuse' } },
      { promptId: 'p2', answer: { kind: 'accept' } },
    ]);
});

test('a page without a key to Viaduct says where to get one', async ({ page }) => {
  await page.goto(server.url);
  await expect(page.getByRole('heading', { name: 'This page needs a fresh address' })).toBeVisible();
});

test('the way that does not carry is marked on the map, with what to do', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha, beta], review: blockedReview });
  await openReview(page);
  const streams = page.getByRole('region', { name: 'What travels, and how' });
  await expect(streams.getByRole('img')).toHaveAccessibleName(/alpha.lab to beta.lab: broken$/);
  await expect(streams).toContainText('Issue a certificate that names beta.lab');
  const memory = streams.getByRole('listitem').filter({ hasText: 'memory and device state' });
  await expect(memory).toContainText('broken');
  await expect(memory).not.toContainText('both ends verified');
});

test('each stream says to whom it goes, who shows what, by which cipher and over which port', async ({
  page,
}) => {
  await openScreen(page, server.url, { hosts: [alpha, beta], review: withDiskReview });
  await openReview(page);
  const streams = page.getByRole('region', { name: 'What travels, and how' });
  await expect(streams.getByRole('img')).toHaveAccessibleName(
    [
      'This computer to alpha.lab: encrypted, both ends verified, port 22',
      'This computer to beta.lab: encrypted, both ends verified, port 16514',
      'alpha.lab to beta.lab: encrypted, both ends verified, ports 49152–49215',
    ].join('; '),
  );
  const rows = streams.getByRole('listitem');
  await expect(factsOf(rows.nth(0))).toHaveText([
    'alpha.lab',
    /^SSH host key, ssh-ed25519 ?SHA256:uNiVztks/,
    'root',
    'SSH 2.0, aes256-gcm@openssh.com',
    '22',
  ]);
  for (const row of [rows.nth(2), rows.nth(3)]) {
    await expect(factsOf(row)).toHaveText([
      'beta.lab, which its certificate has to name',
      'QEMU server certificate, CN=beta.lab',
      'CN=alpha.lab',
      /^TLSv1\.3, TLS_AES_256_GCM_SHA384 ?in a trial with OpenSSL/,
      'one of 49152–49215',
    ]);
  }
});

test('what OpenSSH will agree on for a relay is not known before it runs', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha, beta], review: relayedReview });
  await openReview(page);
  const memory = page
    .getByRole('region', { name: 'What travels, and how' })
    .getByRole('listitem')
    .filter({ hasText: 'memory and device state' });
  for (const host of ['alpha.lab', 'beta.lab'])
    await expect(memory).toContainText(`This computer to ${host}`);
  await expect(factsOf(memory)).toHaveText(
    ['alpha.lab', 'beta.lab'].flatMap((host) => [
      host,
      'not known before it runs',
      'none of its own: inside the SSH session',
    ]),
  );
});

test('a host that cannot be reached is on the map before there is a plan, and is asked again', async ({
  page,
}) => {
  await openScreen(page, server.url, { hosts: [alpha, beta], review: unreachableReview });
  await openReview(page);
  const map = page.getByRole('region', { name: 'What travels, and how' }).getByRole('img');
  await expect(map).toHaveAccessibleName(
    [
      'This computer to alpha.lab: encrypted, both ends verified, port 22',
      'This computer to beta.lab: broken',
      'alpha.lab to beta.lab: not known yet',
    ].join('; '),
  );
  await page.getByRole('button', { name: 'Check all again' }).click();
  await expect.poll(() => requestsOf(page, 'migrations.review')).toHaveLength(2);
});

test('one thing that was mended is checked again alone', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha, beta], review: blockedReview });
  await openReview(page);
  const mustFix = page.getByRole('region', { name: 'Must fix' });
  await mustFix.getByRole('button', { name: 'Check this again' }).click();
  await expect
    .poll(() => requestsOf(page, 'migrations.recheck'))
    .toEqual([{ reviewId: 'review-1', check: 'tls.destination.name' }]);
  expect(await requestsOf(page, 'migrations.review')).toHaveLength(1);
});

test('a pool that is missing is made at the press of a button', async ({ page }) => {
  const mend = { kind: 'define pool', pool: 'images', directory: '/srv/images' } as const;
  const [, ...rest] = blockedReview.findings;
  const findings = [
    {
      ...({ id: 'guest.disks', check: 'guest.disks', side: 'guest', level: 'error' } as const),
      summary: 'beta.lab has no storage pool "images", in which disk vda would have to be.',
      remedy: 'Make one of /srv/images on beta.lab, as alpha.lab has it, that starts with the host.',
      mend,
    },
    ...rest,
  ];
  await openScreen(page, server.url, { hosts: [alpha, beta], review: { ...blockedReview, findings } });
  await openReview(page);
  await page.getByRole('button', { name: 'Create the pool' }).click();
  await expect
    .poll(() => requestsOf(page, 'migrations.mend'))
    .toEqual([{ reviewId: 'review-1', pool: 'images' }]);
});

test('what the app can do about a finding is offered beside it', async ({ page }) => {
  await openScreen(page, server.url, { hosts: [alpha, beta], review: blockedReview });
  await openReview(page);
  const mustFix = page.getByRole('region', { name: 'Must fix' });
  await mustFix.getByRole('button', { name: 'Use another address' }).click();
  await expect(page.getByRole('textbox', { name: /^Data address/ })).toBeFocused();
  await mustFix.getByRole('button', { name: 'Move through this machine' }).click();
  await expect
    .poll(async () => (await requestsOf(page, 'migrations.review')).at(-1))
    .toMatchObject({ options: { mode: 'ssh-relay', control: 'managed' } });
  await expect(mustFix.getByRole('button', { name: 'Move through this machine' })).toHaveCount(0);
  await mustFix.getByRole('button', { name: 'Prepare both hosts' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Secure migration');
});
