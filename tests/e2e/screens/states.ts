import { expect, type Page } from '@playwright/test';
import { certificateStates } from './certificate-states.ts';
import { doctorStates } from './doctor-states.ts';
import { historyStates } from './history-states.ts';
import type { PageGlobals } from './fake-channel.ts';
import { alpha, beta, connecting, delta, gamma, web01, web01OnFiles } from './lab-hosts.ts';
import * as moves from './lab-moves.ts';
import * as reviews from './lab-reviews.ts';
import {
  card,
  dragOver,
  openHow,
  openMove,
  openOfflineReview,
  openReview,
  openStreams,
  openTuning,
} from './pointing.ts';
import type { ScreenState } from './screen-state.ts';
import { authority } from './lab-wizard.ts';
import { screenshot } from './screenshot.ts';
import { wizardStates } from './wizard-states.ts';

const two = { hosts: [alpha, beta] };
const withAuthority = {
  ...{ generation: 1, authorities: [authority], unreadable: [] },
  keyStore: { protects: false, sentence: '' },
};
const both = {
  ...two,
  verdicts: [
    { hostId: 'beta', can: true as const, sentence: 'Can take it.' },
    { hostId: 'gamma', can: false as const, sentence: 'No: gamma.lab is not connected.' },
  ],
};

/** As long as a name in the DNS may be. */
const longName = `${'a-name-that-does-not-end.'.repeat(10)}lab`;

const onlyLook = {
  ...alpha,
  readOnly: { reason: 'alpha.lab was added for reading only.' },
};

const unanswered = [
  {
    procedure: 'DOMAIN_DESTROY',
    calledAtMs: Date.now() - 200_000,
    sentence: 'The connection to gamma.lab was lost.',
  },
];

const insecure = {
  ...alpha,
  connectUri: 'qemu+tcp://alpha.lab/system?colour=green',
  connection: {
    kind: 'connected' as const,
    sinceMs: Date.now() - 600_000,
    transport: 'tcp',
    notes: [
      'Anyone on the way can read and change what goes over plain tcp.',
      'The parameter "colour" is not known and was ignored.',
    ],
  },
  security: { level: 'insecure' as const, summary: 'Plain TCP: anyone on the way can read and change it.' },
  unanswered,
};

const unread = {
  ...alpha,
  guests: (alpha.guests ?? []).map((guest) => ({
    ...guest,
    details: 'unread' as const,
    disks: [],
    obstacles: [],
  })),
};

const boot = [
  '\u001b[1mDebian GNU/Linux 12 db01 ttyS0\u001b[0m',
  '',
  'db01 login: root',
  'Last login: Fri Nov 20 22:14:03 UTC 2026',
  'root@db01:~# systemctl is-system-running',
  '\u001b[32mrunning\u001b[0m',
  'root@db01:~# ls --color /',
  '\u001b[36mbin\u001b[0m  \u001b[01;34mboot\u001b[0m  \u001b[01;34metc\u001b[0m  \u001b[01;34mhome\u001b[0m  \u001b[30;42mtmp\u001b[0m  \u001b[38;2;200;120;40mvar\u001b[0m',
  'root@db01:~# ',
].join('\r\n');

const busy = {
  sentence: 'Somebody else has this console open.',
  remedy: 'Take it over: whoever has it open is cut off.',
  code: 'console-busy',
};

async function expectShown(page: Page, text: string): Promise<void> {
  await expect(page.getByRole('region', { name: 'Terminals' }).locator('.xterm-rows')).toContainText(text);
}

async function openConsole(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Actions for db01' }).click();
  await page.getByRole('menuitem', { name: 'Open serial console' }).click();
  await page.getByRole('region', { name: 'Terminals' }).locator('.xterm-rows').waitFor();
}

const settledOnBeta = {
  hosts: [
    { ...alpha, guests: (alpha.guests ?? []).filter(({ name }) => name !== 'web01') },
    { ...beta, guests: [...(beta.guests ?? []), web01] },
  ],
};

export const states: ScreenState[] = [
  { name: 'board-empty', world: {} },
  { name: 'board-connecting', world: { hosts: [alpha, connecting] } },
  { name: 'board', world: two },
  {
    name: 'board-taken-up',
    world: {
      ...two,
      migrations: [moves.running, moves.cancelled, moves.stuck].map((each) => ({ ...each, takenUp: true })),
    },
  },
  { name: 'board-trouble', world: { hosts: [alpha, gamma, delta] } },
  {
    name: 'board-filtered',
    world: two,
    reach: (page) => page.getByRole('searchbox', { name: 'Search guests' }).fill('web'),
  },
  {
    name: 'board-link-down',
    world: two,
    reach: (page) => page.evaluate(() => (globalThis as unknown as PageGlobals).fakeWorld.setLink('down')),
  },
  {
    name: 'board-problem',
    world: { ...two, refusals: { 'hosts.reconnect': 'alpha.lab is being connected already.' } },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Actions for alpha.lab' }).click();
      await page.getByRole('menuitem', { name: 'Reconnect' }).click();
    },
  },
  {
    name: 'drag-can',
    world: { ...both, hosts: [alpha, beta, gamma] },
    reach: (page) => dragOver(page, 'beta.lab'),
  },
  {
    name: 'drag-cannot',
    world: { ...both, hosts: [alpha, gamma, beta] },
    reach: (page) => dragOver(page, 'gamma.lab'),
  },
  {
    name: 'drag-refused',
    world: { ...both, hosts: [alpha, gamma, beta] },
    reach: async (page) => {
      await dragOver(page, 'gamma.lab');
      await page.mouse.up();
      await page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'card-menu',
    world: two,
    reach: (page) => page.getByRole('button', { name: 'Actions for db01' }).click(),
  },
  {
    name: 'guest',
    world: { ...both, hosts: [alpha, beta, gamma] },
    reach: async (page) => {
      await card(page, 'alpha.lab', 'db01').getByRole('button', { name: 'db01', exact: true }).press('m');
      await page.getByRole('heading', { name: 'db01 on alpha.lab' }).waitFor();
    },
  },
  {
    name: 'guest-screen',
    world: { ...both, hosts: [alpha, beta], screenshot },
    reach: async (page) => {
      await card(page, 'alpha.lab', 'web01').getByRole('button', { name: 'web01', exact: true }).click();
      await page.getByRole('button', { name: 'Take a picture' }).click();
      await page.getByRole('img', { name: /^The screen of web01/ }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'console-connecting', world: two, reach: openConsole },
  {
    name: 'console',
    world: { ...two, terminal: { says: boot } },
    reach: async (page) => {
      await openConsole(page);
      await expectShown(page, 'db01 login');
    },
  },
  {
    name: 'console-busy',
    world: { ...two, terminal: { says: '', ends: busy } },
    reach: async (page) => {
      await openConsole(page);
      await page.getByRole('button', { name: 'Take over' }).waitFor();
    },
  },
  {
    name: 'console-ended',
    world: { ...both, terminal: { says: boot, ends: { sentence: 'db01 was shut off.' } } },
    reach: async (page) => {
      await openConsole(page);
      await page.getByRole('button', { name: 'Open again' }).waitFor();
      await page.getByRole('button', { name: 'Actions for alpha.lab' }).click();
      await page.getByRole('menuitem', { name: 'Open a shell' }).click();
      await card(page, 'alpha.lab', 'db01').getByRole('button', { name: 'db01', exact: true }).click();
    },
  },
  {
    name: 'only-look',
    world: { ...both, hosts: [onlyLook, beta] },
    reach: (page) => page.getByRole('button', { name: 'Actions for db01' }).click(),
  },
  {
    name: 'only-look-guest',
    world: { ...both, hosts: [onlyLook, beta] },
    reach: (page) =>
      card(page, 'alpha.lab', 'db01').getByRole('button', { name: 'db01', exact: true }).click(),
  },
  {
    name: 'host-details',
    world: { hosts: [insecure, beta] },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Actions for alpha.lab' }).click();
      await page.getByRole('menuitem', { name: 'Details' }).click();
    },
  },
  { name: 'board-unanswered', world: { hosts: [alpha, { ...gamma, unanswered }] } },
  { name: 'board-unread', world: { hosts: [unread, beta] } },
  {
    name: 'login',
    world: {
      ...two,
      prompts: [
        {
          promptId: 'p1',
          kind: 'login',
          host: 'beta.lab',
          mechanism: 'SCRAM-SHA-256',
          user: 'admin',
          attempt: 1,
        },
      ],
    },
  },
  { name: 'review-checking', world: { ...both, review: reviews.checkingReview }, reach: openReview },
  { name: 'review-clean', world: { ...both, review: reviews.cleanReview }, reach: openReview },
  {
    name: 'review-options',
    world: { ...both, review: reviews.cleanReview },
    reach: async (page) => {
      await openReview(page);
      const how = page.getByRole('button', { name: /^How/ });
      await how.click();
      await page.getByLabel('Data address').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'review-tuning',
    world: { ...both, review: reviews.cleanReview },
    reach: async (page) => {
      await openReview(page);
      await page.getByRole('button', { name: /^How/ }).click();
      const time = page.getByRole('textbox', { name: 'Move within' });
      await time.fill('90');
      await time.press('Enter');
      await page.getByRole('group', { name: 'When that time is over' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'review-disks',
    world: {
      hosts: [{ ...alpha, guests: [web01OnFiles] }, beta],
      verdicts: both.verdicts,
      review: reviews.cleanReview,
    },
    reach: async (page) => {
      await openReview(page);
      await page.getByRole('button', { name: /^How/ }).click();
      await page.getByRole('radio', { name: /their top layers alone/ }).check();
      await page.getByRole('group', { name: 'Disks to copy' }).scrollIntoViewIfNeeded();
    },
  },
  { name: 'review-tunnelled', world: { ...both, review: reviews.tunnelledReview }, reach: openReview },
  {
    name: 'review-control',
    world: { ...both, review: reviews.tunnelledReview },
    reach: async (page) => {
      await openReview(page);
      await page.getByRole('button', { name: /^How/ }).click();
      await page.getByRole('radio', { name: /Inside the connection/ }).check();
      await page.getByRole('group', { name: 'Who moves it' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'review-identity',
    world: { ...both, review: reviews.tunnelledReview, authorities: withAuthority },
    reach: async (page) => {
      await openReview(page);
      await openHow(page);
      await page.getByRole('radio', { name: /Inside the connection/ }).check();
      await page.getByRole('radio', { name: /^A certificate for this move alone/ }).check();
      await page.getByRole('button', { name: 'Unlock' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'review-offline',
    world: { ...both, review: reviews.offlineReview },
    reach: async (page) => {
      await openOfflineReview(page);
      await openHow(page);
      await page.getByLabel('Name on the destination').scrollIntoViewIfNeeded();
    },
  },
  { name: 'review-blocked', world: { ...both, review: reviews.blockedReview }, reach: openReview },
  {
    name: 'review-unreachable',
    world: { ...both, review: reviews.unreachableReview },
    reach: openReview,
  },
  { name: 'review-streams', world: { ...both, review: reviews.withDiskReview }, reach: openStreams },
  {
    name: 'review-streams-tunnelled',
    world: { ...both, review: reviews.tunnelledReview },
    reach: openStreams,
  },
  {
    name: 'review-streams-relayed',
    world: { ...both, hosts: [alpha, { ...beta, name: longName }], review: reviews.relayedReview },
    reach: (page) => openStreams(page, longName),
  },
  {
    name: 'review-streams-unreachable',
    world: { ...both, hosts: [alpha, { ...beta, name: longName }], review: reviews.unreachableReview },
    reach: (page) => openStreams(page, longName),
  },
  {
    name: 'review-plain',
    world: { ...both, review: reviews.plainReview },
    reach: async (page) => {
      await openReview(page);
      await page.getByRole('button', { name: /^How/ }).click();
      await page.getByRole('radio', { name: /In the clear/ }).check();
      await page.getByRole('textbox', { name: /To consent/ }).fill('send in the clear');
    },
  },
  {
    name: 'review-refused',
    world: { ...both, refusals: { 'migrations.review': 'web01 is on its way already.' } },
    reach: openReview,
  },
  { name: 'move-running', world: { ...two, migrations: [moves.running] }, reach: openMove },
  {
    name: 'move-running-board',
    world: { ...two, migrations: [moves.running] },
    reach: (page) => page.getByRole('button', { name: /^web01.*arriving/ }).click(),
  },
  { name: 'move-by-daemon', world: { ...two, migrations: [moves.runningByDaemon] }, reach: openMove },
  { name: 'move-not-converging', world: { ...two, migrations: [moves.notConverging] }, reach: openMove },
  { name: 'move-tuning', world: { ...two, migrations: [moves.running] }, reach: openTuning },
  { name: 'move-stalled', world: { ...two, migrations: [moves.stalled] }, reach: openMove },
  { name: 'move-post-copy', world: { ...two, migrations: [moves.fetching] }, reach: openTuning },
  {
    name: 'move-post-copy-asked',
    world: { ...two, migrations: [moves.notConverging] },
    reach: async (page) => {
      await openMove(page);
      await page.getByRole('button', { name: 'Switch to post-copy' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'move-migrated', world: { ...settledOnBeta, migrations: [moves.migrated] }, reach: openMove },
  { name: 'move-unkept', world: { ...settledOnBeta, migrations: [moves.unkept] }, reach: openMove },
  { name: 'move-failed', world: { ...two, migrations: [moves.failed] }, reach: openMove },
  { name: 'move-cancelled', world: { ...two, migrations: [moves.cancelled] }, reach: openMove },
  { name: 'move-stuck', world: { ...two, migrations: [moves.stuck] }, reach: openMove },
  {
    name: 'migrations',
    world: { ...two, migrations: [moves.running, moves.failed, moves.cancelled, moves.stuck] },
    reach: (page) => page.getByRole('button', { name: /^Migrations/ }).click(),
  },
  {
    name: 'migrations-empty',
    world: two,
    reach: (page) => page.getByRole('button', { name: 'Migrations' }).click(),
  },
  {
    name: 'settings',
    world: two,
    reach: (page) => page.getByRole('button', { name: 'Settings' }).click(),
  },
  {
    name: 'host-key',
    world: {
      ...two,
      prompts: [
        {
          promptId: 'p1',
          kind: 'host-key',
          host: 'beta.lab',
          port: 22,
          keyType: 'ssh-ed25519',
          fingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLZ7wUVAWQ3V5y2Qxo',
          warning: undefined,
        },
      ],
    },
  },
  {
    name: 'host-key-warning',
    world: {
      ...two,
      prompts: [
        {
          promptId: 'p1',
          kind: 'host-key',
          host: 'beta.lab',
          port: 2222,
          keyType: 'ecdsa-sha2-nistp256',
          fingerprint: 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLZ7wUVAWQ3V5y2Qxo',
          warning: 'known_hosts holds a key of another type for beta.lab.',
        },
      ],
    },
  },
  {
    name: 'passphrase',
    world: {
      ...two,
      prompts: [{ promptId: 'p1', kind: 'passphrase', keyFile: '~/.ssh/id_ed25519', attempt: 1 }],
    },
  },
  {
    name: 'challenge',
    world: {
      ...two,
      prompts: [
        {
          promptId: 'p1',
          kind: 'challenge',
          host: 'alpha.lab',
          user: 'root',
          question: 'One-time code:',
          echo: true,
        },
      ],
    },
  },
  {
    name: 'add-host',
    world: { ...two, refusals: { 'hosts.add': 'Viaduct knows no transport named “rsh”.' } },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Add a host' }).click();
      await page.getByRole('textbox', { name: 'Connect URI' }).fill('qemu+rsh://alpha.lab/system');
      await page.getByRole('button', { name: 'Add host' }).click();
      await page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'add-host-ssh-config',
    world: {
      sshConfig: ['alpha', 'beta', 'gamma'].map((alias) => ({
        alias,
        hostName: `${alias}.lab`,
        user: 'root',
        port: 22,
        connectUri: `qemu+ssh://root@${alias}.lab/system`,
      })),
      hosts: [alpha],
    },
    reach: async (page) => {
      await page.getByRole('button', { name: 'Add a host' }).click();
      await page.getByRole('tab', { name: 'From my ssh config' }).click();
      await page.getByRole('checkbox', { name: /beta/ }).check();
    },
  },
  ...doctorStates,
  ...historyStates,
  ...wizardStates,
  ...certificateStates,
];
