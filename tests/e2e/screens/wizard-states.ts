import { expect, type Page } from '@playwright/test';
import type { World } from './fake-channel.ts';
import { alpha, beta, connecting, delta, gamma } from './lab-hosts.ts';
import * as lab from './lab-wizard.ts';
import type { ScreenState } from './screen-state.ts';

const day = 86_400_000;
const two = { hosts: [alpha, beta] };
const unlocked = { ...lab.authority, unlockedUntilMs: Date.now() + 840_000 };

/** Opens the wizard from a host's menu, and waits for the step it stands at. */
export async function openWizard(page: Page, host = 'alpha.lab'): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${host}` }).click();
  await page.getByRole('menuitem', { name: 'Prepare for secure migration' }).click();
  await page.getByRole('navigation', { name: 'Steps' }).waitFor();
}

function at(
  name: string,
  wizard: World['wizard'],
  more: Partial<World> = {},
  reach?: (page: Page) => Promise<void>,
): ScreenState {
  const list = [wizard.step === 'certificates' ? unlocked : lab.authority];
  return {
    name: `wizard-${name}`,
    world: { ...two, authorities: lab.authorities(list), wizard, ...more },
    reach: async (page) => {
      await openWizard(page, more.hosts?.[0]?.name);
      await reach?.(page);
    },
  };
}

const long = {
  a: `compute-017.rack12.row03.dc-frankfurt-west-2.internal.example.test`,
  b: `compute-018.rack12.row03.dc-frankfurt-west-2.internal.example.test`,
};
const hostile = '<img src=x onerror=alert(1)> ＂; rm -rf / gpj.exe';
const longHosts = [
  { ...alpha, id: 'alpha', name: long.a, connectUri: `qemu+ssh://root@${long.a}/system` },
  { ...beta, id: 'beta', name: long.b, connectUri: `qemu+ssh://root@${long.b}/system` },
];
const eightNames = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta'];
const eight = eightNames.map((id) => ({
  ...alpha,
  id,
  name: `${id}.lab`,
  connectUri: `qemu+ssh://root@${id}.lab/system`,
  guests: [],
}));
const eightSeen = eightNames.map((id) => lab.seen(id));

const passed = {
  sourceHostId: 'alpha',
  destinationHostId: 'beta',
  state: 'passed' as const,
  sentence: 'The guest came back, and nothing of it is left on either host.',
  percent: 100,
  directions: [
    {
      fromHostId: 'alpha',
      toHostId: 'beta',
      totalMs: 2140,
      downtimeMs: 38,
      encrypted: 'TLS 1.3, both ends verified',
    },
    {
      fromHostId: 'beta',
      toHostId: 'alpha',
      totalMs: 1980,
      downtimeMs: undefined,
      encrypted: 'TLS 1.3, both ends verified',
    },
  ],
  problem: undefined,
  leftovers: [],
};
const provenSteps = lab.stepsAt('done', { state: 'done' });
const provenCells = lab.cells(['alpha', 'beta']);
const doneHosts = {
  certificates: ['alpha', 'beta'].map((id) =>
    lab.certificates(id, { state: 'deployed', undoable: true, reasons: [] }),
  ),
  changes: ['alpha', 'beta'].map((id) =>
    lab.changes(id, { state: 'applied', sentence: '3 changes were made and tested.', undoable: true }),
  ),
};

const hostStates: ScreenState[] = [
  at('hosts', lab.emptyWizard, { hosts: [alpha, beta, gamma, delta] }),
  at('hosts-one', lab.emptyWizard, { hosts: [alpha] }),
  at('hosts-looking', {
    ...lab.wizardAt('hosts'),
    hosts: [
      lab.twoHosts[0] ?? lab.seen('alpha'),
      { hostId: 'beta', name: 'beta.lab', look: { state: 'looking' } },
    ],
    steps: lab.stepsAt('hosts', { state: 'working' }),
    running: lab.running('Looking at beta.lab: what its daemon listens on.'),
  }),
  at(
    'hosts-seen',
    lab.wizardAt('hosts', { steps: lab.stepsAt('hosts', { state: 'done', sentence: '2 hosts' }) }),
  ),
  at('hosts-failed', {
    ...lab.wizardAt('hosts'),
    hosts: [
      lab.twoHosts[0] ?? lab.seen('alpha'),
      { hostId: 'beta', name: 'beta.lab', look: { state: 'failed', problem: lab.problem() } },
    ],
    steps: lab.stepsAt('hosts', { state: 'failed', sentence: 'beta.lab could not be looked at' }),
  }),
  at(
    'hosts-refused',
    lab.emptyWizard,
    {
      refusals: { 'wizard.chooseHosts': 'The certificates of gamma.lab are being renewed.' },
      hosts: [alpha, beta, connecting],
    },
    async (page) => {
      await page.getByRole('button', { name: 'Look at alpha.lab and beta.lab' }).click();
      await expect(page.getByRole('alert')).toContainText('are being renewed');
    },
  ),
  at(
    'hosts-long',
    lab.wizardAt('hosts', {
      hosts: [
        lab.seen('alpha', long.a, { notes: [hostile], firewall: hostile.repeat(4) }),
        {
          hostId: 'beta',
          name: long.b,
          look: { state: 'failed', problem: lab.problem({ message: hostile.repeat(6) }) },
        },
      ],
    }),
    { hosts: longHosts },
  ),
];

const authorityStates: ScreenState[] = [
  at('authority-new', lab.wizardAt('authority'), { authorities: lab.authorities([]) }, async (page) => {
    await page.getByRole('textbox', { name: 'Name' }).fill('Example Lab CA');
    await page.getByLabel('Passphrase', { exact: true }).fill('correct horse');
    await page.getByLabel('The same again').fill('correct cow');
    await page.getByRole('button', { name: /^How/ }).click();
  }),
  at('authority-known', lab.wizardAt('authority', { authority: lab.authority.name }), {
    authorities: lab.authorities([
      unlocked,
      { ...lab.authority, name: 'Company root', key: 'P-384', keyPlace: 'elsewhere' },
      {
        ...lab.authority,
        name: 'Old CA',
        notAfterMs: Date.now() - day,
        replacedBy: lab.authority.name,
        remembered: true,
      },
    ]),
  }),
  at(
    'authority-import',
    lab.wizardAt('authority'),
    {
      authorities: lab.authorities([lab.authority], lab.noStore),
      refusals: { 'authorities.import': 'That certificate is of no authority: it may not sign others.' },
    },
    async (page) => {
      await page.getByRole('radio', { name: /^Bring one/ }).check();
      await page.getByRole('textbox', { name: 'Name' }).fill('Company root');
      await page.getByRole('textbox', { name: 'Its certificate' }).fill('-----BEGIN CERTIFICATE-----\nMIIB');
      await page
        .getByRole('textbox', { name: 'Its private key' })
        .fill('-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIC');
      await page.getByLabel('Passphrase', { exact: true }).fill('correct horse');
      await page.getByLabel('The same again').fill('correct horse');
      await page.getByRole('button', { name: 'Bring it in' }).click();
      await page.getByRole('alert').waitFor();
    },
  ),
];

const namesStates: ScreenState[] = [
  at('names', lab.wizardAt('names'), {}, async (page) => {
    await page
      .getByRole('button', { name: /^Left out/ })
      .first()
      .click();
  }),
  at(
    'names-refused',
    lab.wizardAt('names'),
    { refusals: { 'wizard.setNames': 'alpha.lab and beta.lab cannot both be called storage.lab.' } },
    async (page) => {
      await page.getByRole('textbox', { name: 'Another name or address' }).first().fill('storage.lab');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
    },
  ),
];

const certificateStates: ScreenState[] = [
  at('certificates', lab.wizardAt('certificates'), {}, async (page) => {
    await page
      .getByRole('button', { name: /servercert\.pem/ })
      .first()
      .click();
  }),
  at('certificates-locked', lab.wizardAt('certificates'), { authorities: lab.authorities([lab.authority]) }),
  at(
    'certificates-there',
    lab.wizardAt('certificates', {
      steps: lab.stepsAt('certificates', {
        state: 'there-already',
        sentence: 'Both hosts have certificates of Example Lab CA until 2028-11-20.',
      }),
      certificates: ['alpha', 'beta'].map((id) =>
        lab.certificates(id, {
          state: 'there-already',
          reasons: [],
          files: lab.files(id).map((file) => ({ ...file, action: 'kept', diff: '' })),
        }),
      ),
    }),
  ),
  at(
    'certificates-working',
    lab.wizardAt('certificates', {
      steps: lab.stepsAt('certificates', { state: 'working' }),
      certificates: [
        lab.certificates('alpha', {
          state: 'working',
          findings: [
            { id: 'pki.key', side: 'host', level: 'ok', summary: 'alpha.lab made two keys with openssl.' },
            {
              id: 'pki.placed',
              side: 'host',
              level: 'ok',
              summary: 'alpha.lab: all ten files are in place.',
            },
          ],
        }),
        lab.certificates('beta'),
      ],
      running: lab.running('alpha.lab: making its daemon show the new certificate.'),
    }),
  ),
  at(
    'certificates-failed',
    lab.wizardAt('certificates', {
      steps: lab.stepsAt('certificates', {
        state: 'failed',
        sentence: 'beta.lab was put back',
        problem: lab.problem({
          code: 'daemon-refuses',
          message:
            'The daemon of beta.lab went on showing its old certificate, so the old files were put back.',
          remedy: 'Look at its journal for what it says about the new files, then put them there again.',
          evidence: 'virt-admin: error: Failed to reload TLS files',
        }),
      }),
      certificates: [
        lab.certificates('alpha', { state: 'deployed', reasons: [], undoable: true }),
        lab.certificates('beta', {
          state: 'failed',
          findings: [
            {
              id: 'pki.served',
              side: 'host',
              level: 'error',
              summary: 'beta.lab: its daemon shows a certificate that is not the new one.',
              remedy: 'Look at its journal: journalctl -u libvirtd.',
              evidence: 'serial 00f3…, expected 8a41…',
            },
          ],
        }),
      ],
    }),
  ),
  at(
    'certificates-undo',
    lab.wizardAt('certificates', { certificates: doneHosts.certificates }),
    {},
    (page) => page.getByRole('button', { name: 'Put the old ones back on alpha.lab' }).click(),
  ),
];

const changeStates: ScreenState[] = [
  at('changes', lab.wizardAt('changes')),
  at(
    'changes-blocked',
    lab.wizardAt('changes', {
      changes: [
        lab.changes('alpha', {
          warnings: [
            {
              message: 'Plain TCP is open on port 16509.',
              remedy: 'If nobody needs it, switch its -tcp.socket off.',
            },
          ],
          afterwards: ['Restart nova-compute.service when no instance is on its way.'],
        }),
        lab.changes('beta', {
          sentence: '',
          changes: [],
          obstacles: [
            {
              message: 'The guest db01 has a job that is not done: libvirtd is not restarted over it.',
              remedy: 'Wait for it to end, or cancel it.',
            },
          ],
        }),
      ],
    }),
  ),
  at(
    'changes-working',
    lab.wizardAt('changes', {
      steps: lab.stepsAt('changes', { state: 'working' }),
      changes: [
        lab.changes('alpha', {
          state: 'applied',
          sentence: '3 changes were made and tested.',
          undoable: true,
        }),
        lab.changes('beta', {
          state: 'working',
          progress: { title: 'Listen for TLS on port 16514', direction: 'apply', number: 3, total: 5 },
        }),
      ],
      running: lab.running('beta.lab: listen for TLS on port 16514.', { cancelling: true }),
    }),
  ),
  at(
    'changes-trouble',
    lab.wizardAt('changes', {
      steps: lab.stepsAt('changes', {
        state: 'failed',
        sentence: 'beta.lab is unfinished',
        problem: lab.problem({
          code: 'setup-cut-off',
          message: 'The connection to beta.lab was lost at change 3 of 5; what it did last is not known.',
          remedy: 'Finish changing it, or take its changes back; both go on from where it stopped.',
          evidence: 'ssh: connection reset by peer',
        }),
      }),
      changes: [
        lab.changes('alpha', {
          state: 'rolled-back',
          sentence:
            'The test after the changes failed, and everything was put back as it was: nothing answered on port 16514.',
        }),
        lab.changes('beta', { state: 'unfinished', sentence: '2 of 5 changes are made.', undoable: true }),
      ],
    }),
  ),
  at(
    'changes-there',
    lab.wizardAt('changes', {
      steps: lab.stepsAt('changes', {
        state: 'there-already',
        sentence: 'Both hosts are configured as you want them.',
      }),
      changes: ['alpha', 'beta'].map((id) =>
        lab.changes(id, {
          state: 'there-already',
          sentence: 'It is as you want it.',
          changes: [],
          undoable: id === 'alpha',
        }),
      ),
    }),
  ),
  at('changes-undo', lab.wizardAt('changes', { changes: doneHosts.changes }), {}, (page) =>
    page.getByRole('button', { name: 'Take the changes back on alpha.lab' }).click(),
  ),
];

const proofStates: ScreenState[] = [
  at('proof', lab.wizardAt('proof')),
  at(
    'proof-trying',
    lab.wizardAt('proof', {
      steps: lab.stepsAt('proof', { state: 'working' }),
      cells: [
        lab.cell('alpha', 'beta', ['proven', 'proven']),
        lab.cell('beta', 'alpha', ['trying', 'waiting']),
      ],
      running: lab.running('beta.lab connects to the daemon of alpha.lab.'),
    }),
  ),
  at(
    'proof-failed',
    lab.wizardAt('proof', {
      steps: lab.stepsAt('proof', { state: 'failed', sentence: '1 of 2 directions failed' }),
      cells: [
        lab.cell('alpha', 'beta', ['failed', 'proven']),
        lab.cell('beta', 'alpha', ['proven', 'unknown']),
      ],
    }),
  ),
  at(
    'proof-eight',
    lab.wizardAt('proof', {
      hosts: eightSeen,
      cells: lab.cells(eightNames, (row, column) => {
        const mark = (['proven', 'proven', 'proven', 'warning', 'proven', 'unknown', 'proven'] as const)[
          (row * 3 + column) % 7
        ];
        if (row === 6) return ['trying', 'waiting'];
        return row === 2 && column === 5 ? ['failed', 'failed'] : ['proven', mark ?? 'proven'];
      }),
      running: lab.running('eta.lab connects to the daemon of alpha.lab.'),
    }),
    { hosts: eight },
  ),
  at(
    'proof-long',
    lab.wizardAt('proof', {
      hosts: [lab.seen('alpha', long.a), lab.seen('beta', long.b)],
      cells: [
        lab.cell('alpha', 'beta', ['failed', 'proven']),
        lab.cell('beta', 'alpha', ['proven', 'proven']),
      ],
    }),
    { hosts: longHosts },
  ),
];

const doneStates: ScreenState[] = [
  at('done', lab.wizardAt('done', { ...doneHosts, steps: provenSteps, cells: provenCells })),
  at(
    'done-rehearsing',
    lab.wizardAt('done', {
      ...doneHosts,
      steps: provenSteps,
      cells: provenCells,
      rehearsal: {
        ...passed,
        state: 'back',
        percent: 71,
        sentence: 'On its way back to alpha.lab.',
        directions: passed.directions.slice(0, 1),
      },
      running: lab.running('Rehearsing: on its way back to alpha.lab.'),
    }),
    {},
    async (page) => {
      await page.getByRole('progressbar', { name: 'Progress of the rehearsal' }).scrollIntoViewIfNeeded();
    },
  ),
  at(
    'done-rehearsed',
    lab.wizardAt('done', { ...doneHosts, steps: provenSteps, cells: provenCells, rehearsal: passed }),
    {},
    (page) => page.getByRole('table', { name: 'The moves of the rehearsal' }).scrollIntoViewIfNeeded(),
  ),
  at(
    'done-rehearsal-failed',
    lab.wizardAt('done', {
      ...doneHosts,
      steps: provenSteps,
      cells: provenCells,
      rehearsal: {
        ...passed,
        state: 'failed',
        percent: 40,
        sentence: 'It did not arrive on beta.lab.',
        directions: [],
        problem: lab.problem({
          code: 'migration-failed',
          message: 'QEMU on beta.lab did not open port 49152 for alpha.lab.',
          remedy: 'Let the ports 49152 to 49215 through the firewall between the two, then rehearse again.',
          evidence: 'unable to connect to server at 10.77.0.12:49152: Connection timed out',
        }),
        leftovers: [
          'viaduct-rehearsal-4f2a may still run on alpha.lab: virsh destroy viaduct-rehearsal-4f2a',
        ],
      },
    }),
    {},
    async (page) => {
      await page.getByText('May have been left on a host').scrollIntoViewIfNeeded();
    },
  ),
];

const elsewhere: ScreenState[] = [
  {
    name: 'wizard-sudo',
    world: {
      ...two,
      prompts: [{ promptId: 'p1', kind: 'sudo', host: 'beta.lab', user: 'admin', attempt: 2 }],
    },
    reach: async (page) => {
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
];

export const wizardStates: ScreenState[] = [
  ...hostStates,
  ...authorityStates,
  ...namesStates,
  ...certificateStates,
  ...changeStates,
  ...proofStates,
  ...doneStates,
  ...elsewhere,
];
