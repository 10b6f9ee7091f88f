import type { Page } from '@playwright/test';
import { emptyWizard } from './lab-wizard.ts';
import { installFakeChannel, type PageGlobals, type World } from './fake-channel.ts';

const nothing: World = {
  hosts: [],
  migrations: [],
  history: { items: [], older: undefined, problems: [] },
  receipt: undefined,
  prompts: [],
  verdicts: [],
  sshConfig: [],
  certificates: { generation: 1, groups: [], careCount: 0, work: undefined, problems: [] },
  review: undefined,
  terminal: undefined,
  doctor: { generation: 0, visit: undefined },
  doctorTells: [],
  authorities: {
    generation: 1,
    authorities: [],
    unreadable: [],
    keyStore: { protects: false, sentence: '' },
  },
  wizard: emptyWizard,
  screenshot: undefined,
  refusals: {},
};

/** Opens the built screen over a channel that says what `world` holds, and nothing where it is silent. */
export async function openScreen(page: Page, url: string, world: Partial<World>): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.addInitScript(installFakeChannel, { ...nothing, ...world });
  await page.goto(url);
  await page.getByRole('navigation', { name: 'Viaduct' }).waitFor();
}

/** What the screen has asked for so far. */
export function callsOf(page: Page): Promise<PageGlobals['fakeWorld']['calls']> {
  return page.evaluate(() => (globalThis as unknown as PageGlobals).fakeWorld.calls);
}

/** The requests of one command, oldest first. */
export async function requestsOf(page: Page, command: string): Promise<unknown[]> {
  const calls = await callsOf(page);
  return calls.filter((call) => call.command === command).map(({ request }) => request);
}
