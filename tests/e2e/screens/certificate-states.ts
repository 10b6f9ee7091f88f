import type { Page } from '@playwright/test';
import type { AuthoritySnapshot, CalendarGroup, CertificatesSnapshot } from '../../../electron/ipc/views.ts';
import type { World } from './fake-channel.ts';
import * as lab from './lab-certificates.ts';
import { alpha, beta, gamma } from './lab-hosts.ts';
import { authority, protectedStore } from './lab-wizard.ts';
import type { ScreenState } from './screen-state.ts';

export const locked: AuthoritySnapshot = { ...authority, unlockedUntilMs: undefined };
export const unlocked: AuthoritySnapshot = { ...authority, unlockedUntilMs: Date.now() + 800_000 };

export function world(
  certificates: CertificatesSnapshot,
  authorities: AuthoritySnapshot[] = [locked],
): Partial<World> {
  return {
    hosts: [alpha, beta, gamma],
    authorities: { generation: 1, authorities, unreadable: [], keyStore: protectedStore },
    certificates,
  };
}

export async function openCertificates(page: Page): Promise<void> {
  await page
    .getByRole('navigation', { name: 'Viaduct' })
    .getByRole('button', { name: /^Certificates/ })
    .click();
  await page.getByRole('heading', { name: 'Certificates', level: 1 }).waitFor();
}

function state(
  name: string,
  groups: CalendarGroup[],
  { over, authorities, reach }: StateWish = {},
): ScreenState {
  return {
    name: `certificates-${name}`,
    world: world(lab.certificates(groups, over), authorities),
    reach: async (page) => {
      await openCertificates(page);
      await reach?.(page);
    },
  };
}

interface StateWish {
  over?: Partial<CertificatesSnapshot>;
  authorities?: AuthoritySnapshot[];
  reach?: (page: Page) => Promise<void>;
}

const fine = [lab.host('alpha.lab', lab.everywhere(712)), lab.host('beta.lab', lab.everywhere(711))];
const week = lab.host('alpha.lab', lab.everywhere(6));
const beta712 = lab.host('beta.lab', lab.everywhere(712));

/** The daemon of alpha shows the certificate of two years ago; a file of beta was replaced by hand. */
const stale = [
  lab.host('alpha.lab', [
    ...lab.everywhere(712).filter(({ seen }) => seen !== 'served'),
    lab.bar('served', 'libvirt server', 48, { isStale: true, fingerprint: 'OLD' }),
  ]),
  lab.host('beta.lab', [
    ...lab.everywhere(712).filter(({ seen, place }) => seen !== 'deployed' || place !== 'qemu server'),
    lab.bar('deployed', 'qemu server', 300, { isStale: true, fingerprint: 'OTHER' }),
  ]),
  lab.host('gamma.lab', lab.everywhere(700)),
];

const unreachable = [
  lab.host('gamma.lab', lab.issued(300), { lookedAtMs: undefined, problem: lab.linkCut }),
  lab.host('alpha.lab', lab.issued(712), { lookedAtMs: undefined, isBeingLookedAt: true }),
  lab.host('beta.lab', lab.issued(712), { lookedAtMs: undefined }),
  lab.host('old-storage.lab', lab.issued(-12), { lookedAtMs: undefined, hostId: undefined }),
  lab.host('bare.lab', []),
];

const many = Array.from({ length: 40 }, (_, index) => {
  const days = [712, 690, 402, 330, 25, 6, 200, 640, 711, 88][index % 10] ?? 712;
  return lab.host(
    `node-${String(index + 1).padStart(2, '0')}.rack-${(index % 4) + 1}.example.net`,
    lab.everywhere(days),
  );
});

const longName = `${'very-long-host-name-'.repeat(5)}1.some-department.internal.example.com`;

const failed = lab.work({
  outcome: 'failed',
  problem: {
    code: 'deploy-not-served',
    message:
      'The daemon of alpha.lab goes on showing another certificate (alpha.lab, serial 0a1b). alpha.lab has its old files again.',
    side: undefined,
    remedy: 'See "journalctl -u libvirtd" on alpha.lab.',
    evidence: 'libvirtd[812]: error from service: TLS context reload failed',
    hostId: 'alpha',
  },
  findings: lab.findings.slice(0, 1),
});

const incomplete = lab.work({
  kind: 'revoke',
  owners: ['alpha.lab'],
  outcome: 'incomplete',
  findings: [
    {
      id: 'pki.revoked',
      side: 'client',
      level: 'ok',
      summary: '4 certificates of alpha.lab are revoked in the list of Example Lab CA.',
    },
    {
      id: 'pki.revocations',
      side: 'host',
      host: 'gamma.lab',
      level: 'error',
      summary: 'gamma.lab does not have the revocation list: it did not answer within 10 s.',
      remedy: 'It goes on accepting what is revoked. Revoke again when gamma.lab can be reached.',
    },
  ],
});

const openRenew = (page: Page) => page.getByRole('button', { name: 'Renew …', exact: true }).first().click();

export const certificateStates: ScreenState[] = [
  {
    name: 'certificates-none',
    world: { hosts: [alpha, beta] },
    reach: openCertificates,
  },
  state('fine', fine, { authorities: [unlocked] }),
  state('fine-unfolded', fine, {
    authorities: [unlocked],
    reach: (page) => page.getByRole('button', { name: 'alpha.lab', exact: true }).click(),
  }),
  state('ends', [
    lab.host('alpha.lab', lab.everywhere(27)),
    lab.host('beta.lab', lab.everywhere(6)),
    lab.host('gamma.lab', lab.everywhere(0)),
    lab.host('delta.lab', lab.everywhere(-3)),
  ]),
  state('stale', stale),
  state('unreachable', unreachable),
  state('many', many),
  state(
    'long-names',
    [
      lab.host(longName, lab.everywhere(5)),
      lab.host(`x${longName}`, lab.issued(500), { hostId: undefined, lookedAtMs: undefined }),
    ],
    { authorities: [{ ...locked, name: 'An authority with a name that is as long as names may be today' }] },
  ),
  state('revoked', [
    lab.host(
      'alpha.lab',
      lab.everywhere(600).map((one) => ({ ...one, isRevoked: one.kind === 'certificate' })),
      {
        isRevoked: true,
      },
    ),
    beta712,
  ]),
  state('authorities', fine, {
    authorities: [
      { ...locked, remembered: true },
      { ...locked, name: 'Company CA', key: 'P-384', keyPlace: 'elsewhere' },
      { ...locked, name: 'Example Lab CA 2024', replacedBy: 'Example Lab CA' },
    ],
    reach: (page) => page.getByRole('button', { name: 'Unlock …' }).first().click(),
  }),
  state('renew-locked', [week, beta712], { reach: openRenew }),
  state('renew-unlocked', [week, beta712], { authorities: [unlocked], reach: openRenew }),
  state('revoke', [week, beta712], {
    authorities: [unlocked],
    reach: async (page) => {
      await page.getByRole('button', { name: 'Actions for beta.lab' }).click();
      await page.getByRole('menuitem', { name: 'Revoke …' }).click();
      await page.getByRole('textbox', { name: 'Type beta.lab to confirm' }).fill('beta');
    },
  }),
  state('running', [week, beta712], {
    authorities: [unlocked],
    over: { work: lab.work({ findings: lab.findings.slice(0, 1) }) },
  }),
  state('running-several', [week, beta712], {
    authorities: [unlocked],
    over: { work: lab.work({ owners: ['alpha.lab', 'beta.lab'], cancelling: true }) },
  }),
  state('done', [lab.host('alpha.lab', lab.everywhere(729)), beta712], {
    authorities: [unlocked],
    over: { work: lab.work({ outcome: 'done', findings: lab.findings }) },
  }),
  state('failed', [week, beta712], { authorities: [unlocked], over: { work: failed } }),
  state('incomplete', [week, beta712], { authorities: [unlocked], over: { work: incomplete } }),
  state('ledger-damaged', fine, {
    over: {
      problems: [
        {
          code: 'ledger-truncated',
          message:
            'The last line of the ledger /root/.local/share/viaduct/pki/Old CA/ledger.ndjson is cut off.',
          side: 'client',
          remedy: 'Remove that line, after comparing the file with a backup.',
          evidence: undefined,
          hostId: undefined,
        },
      ],
    },
  }),
];
