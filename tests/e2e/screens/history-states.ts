import type { Page } from '@playwright/test';
import { alpha, beta } from './lab-hosts.ts';
import { migrated } from './lab-moves.ts';
import { encrypted, inTheClear } from './lab-streams.ts';
import { historyItems, receiptFor } from './lab-receipts.ts';
import type { ScreenState } from './screen-state.ts';

const two = { hosts: [alpha, beta] };

async function openHistory(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByRole('heading', { name: 'History', exact: true }).waitFor();
}

async function openNewest(page: Page): Promise<void> {
  await openHistory(page);
  await page.getByRole('row').nth(1).getByRole('button').click();
  await page.getByRole('region', { name: 'Receipt' }).waitFor();
}

const page = (count: number) => ({ items: historyItems(count), older: undefined, problems: [] });
const result = migrated.result;
if (!result) throw new Error('The sample move has not ended.');
const receipt = receiptFor(result, { streams: encrypted, changes: migrated.changes });

export const historyStates: ScreenState[] = [
  {
    name: 'history-empty',
    world: two,
    reach: openHistory,
  },
  { name: 'history', world: { ...two, history: page(14) }, reach: openHistory },
  {
    name: 'history-damaged',
    world: {
      ...two,
      history: {
        items: historyItems(40),
        older: 812,
        problems: [
          'Line 7 is damaged and left out.',
          'The last line is cut off and left out: its writing was interrupted.',
        ],
      },
    },
    reach: async (page) => {
      await openHistory(page);
      await page.getByRole('button', { name: 'Show older' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'history-search-none',
    world: { ...two, history: page(14) },
    reach: async (page) => {
      await openHistory(page);
      await page.getByRole('searchbox', { name: 'Search history' }).fill('gitlab');
    },
  },
  {
    name: 'history-unreadable',
    world: { ...two, refusals: { 'history.list': 'The history cannot be read: permission denied' } },
    reach: openHistory,
  },
  { name: 'history-receipt', world: { ...two, history: page(14), receipt }, reach: openNewest },
  {
    name: 'history-receipt-proof',
    world: { ...two, history: page(14), receipt },
    reach: async (page) => {
      await openNewest(page);
      await page.getByRole('button', { name: /^What travelled/ }).click();
      await page.getByRole('region', { name: 'Certificates and keys' }).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'history-receipt-all',
    world: { ...two, history: page(14), receipt },
    reach: async (page) => {
      await openNewest(page);
      await page.getByRole('button', { name: /^What the checks found/ }).click();
      await page.getByRole('button', { name: /^Addresses and options/ }).click();
      await page.getByText(receipt.id).scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'history-receipt-plain',
    world: {
      ...two,
      history: page(14),
      receipt: { ...receipt, mode: 'plain', plaintextConsent: true, streams: inTheClear, identities: [] },
    },
    reach: openNewest,
  },
  {
    name: 'history-receipt-refused',
    world: {
      ...two,
      history: page(14),
      receipt: {
        ...receipt,
        outcome: 'refused',
        runningOn: 'unknown',
        uuid: '',
        totalMs: 310,
        downtimeMs: null,
        streams: [],
        identities: [],
        changes: [],
        cleanUp: [],
        error: {
          code: 'guest-not-found',
          side: 'source',
          phase: 'preflight',
          message: 'alpha.lab has no guest "web99".',
          remedy: 'Check the name: "viaduct guests" lists the guests of alpha.lab.',
        },
      },
    },
    reach: openNewest,
  },
];
