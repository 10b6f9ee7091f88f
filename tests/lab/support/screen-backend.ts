import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, vi } from 'vitest';
import { noVault } from '../../../electron/authorities/no-vault.ts';
import type { Backend, BackendClient } from '../../../electron/ipc/backend.ts';
import type { Command, Reply, Request, Responses } from '../../../electron/ipc/contract.ts';
import { createBackend } from '../../../electron/ipc/create-backend.ts';
import type {
  DoctorVisit,
  DoctorSnapshot,
  MigrationSnapshot,
  ReviewSnapshot,
} from '../../../electron/ipc/views.ts';
import { Lab } from '../lab.ts';

/** For a whole test file: the lab as after a reset, and a screen that is closed at the end. */
export function screenOverLab(): { lab: Lab; screen: ScreenBackend } {
  const over = {} as { lab: Lab; screen: ScreenBackend };
  beforeAll(async () => {
    over.lab = await Lab.attach();
    await over.lab.reset();
    over.screen = await ScreenBackend.open();
  });
  afterAll(() => over.screen.close());
  return over;
}

/** What stands behind the screen, in a folder of its own, spoken to as the screen does. */
export class ScreenBackend {
  /** Every state of reviews that was told, oldest first. */
  readonly reviews: ReviewSnapshot[] = [];
  /** The newest state of a migration. */
  migration: MigrationSnapshot | undefined;
  /** What the doctor has in hand. */
  visit: DoctorVisit | undefined;
  readonly #home: string;
  readonly #backend: Backend;
  readonly #client: BackendClient;

  static async open(): Promise<ScreenBackend> {
    const home = await mkdtemp(join(tmpdir(), 'viaduct-screen-'));
    const vault = noVault('Not here.');
    const backend = await createBackend({
      home,
      shell: 'browser',
      version: '0',
      vault,
      tell: () => undefined,
    });
    return new ScreenBackend(home, backend);
  }

  private constructor(home: string, backend: Backend) {
    this.#home = home;
    this.#backend = backend;
    this.#client = backend.attach((event, payload) => {
      if (event === 'review') this.reviews.push(payload as ReviewSnapshot);
      if (event === 'migration') this.migration = payload as MigrationSnapshot;
      if (event === 'doctor') this.visit = (payload as DoctorSnapshot).visit;
    });
  }

  /** The newest state of a review. */
  get review(): ReviewSnapshot | undefined {
    return this.reviews.at(-1);
  }

  /** What the screen would send, as it would be answered. */
  async ask<C extends Command>(command: C, request: Request<C>): Promise<Responses[C]> {
    const reply = (await this.#client.dispatch(command, request)) as Reply<C>;
    if (!reply.ok) throw new Error(`${command}: ${reply.error.message}`);
    return reply.value;
  }

  /** From alpha to beta, as a request has them. */
  async addHosts(lab: Lab): Promise<{ sourceHostId: string; destinationHostId: string }> {
    const { hostId: sourceHostId } = await this.ask('hosts.add', { connectUri: lab.sshUri('alpha') });
    const { hostId: destinationHostId } = await this.ask('hosts.add', { connectUri: lab.sshUri('beta') });
    return { sourceHostId, destinationHostId };
  }

  async close(): Promise<void> {
    this.#client.detach();
    await this.#backend.close();
    await rm(this.#home, { recursive: true, force: true });
  }
}

/** @param what a clause for the message, as "the review is done" */
export function until<T>(what: string, find: () => T | undefined): Promise<T> {
  const found = (): T => {
    const value = find();
    if (value === undefined) throw new Error(`Waiting until ${what}.`);
    return value;
  };
  return vi.waitFor(found, { timeout: 120_000, interval: 100 });
}
