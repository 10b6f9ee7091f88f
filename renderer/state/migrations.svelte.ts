import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { call, type Channel } from '../bridge.ts';
import type { Request } from '../../electron/ipc/contract.ts';
import type { MigrationSnapshot } from '../../electron/ipc/views.ts';
import { isNewer } from './generations.ts';
import type { NoticesController } from './notices.svelte.ts';

/** The migrations of this run of Viaduct, newest first, and the verbs on them. */
export class MigrationsController {
  readonly #channel: Channel;
  readonly #notices: NoticesController;
  readonly #byId = new SvelteMap<string, MigrationSnapshot>();
  /** Cancels sent and not answered yet. */
  readonly #cancelling = new SvelteSet<string>();
  /** What the answer to a cancel said. */
  readonly #answers = new SvelteMap<string, string>();
  /** What the last change while it moved came to. */
  readonly #tuningAnswers = new SvelteMap<string, string>();
  readonly list = $derived([...this.#byId.values()].sort((a, b) => b.startedAtMs - a.startedAtMs));
  readonly running = $derived(this.list.filter(({ result }) => result === undefined));

  constructor(channel: Channel, notices: NoticesController) {
    this.#channel = channel;
    this.#notices = notices;
    channel.on('migration', (migration) => this.#apply(migration));
    channel.on('migrationDismissed', ({ migrationId }) => this.#byId.delete(migrationId));
  }

  get(migrationId: string): MigrationSnapshot | undefined {
    return this.#byId.get(migrationId);
  }

  async refresh(): Promise<void> {
    const { migrations } = await call(this.#channel, 'migrations.list', {});
    for (const id of this.#byId.keys()) {
      if (!migrations.some(({ migrationId }) => migrationId === id)) this.#byId.delete(id);
    }
    for (const migration of migrations) this.#apply(migration);
  }

  isCancelling(migrationId: string): boolean {
    return this.#cancelling.has(migrationId);
  }

  cancelAnswer(migrationId: string): string | undefined {
    return this.#answers.get(migrationId);
  }

  async cancel(migrationId: string): Promise<void> {
    this.#cancelling.add(migrationId);
    try {
      const { sentence } = await call(this.#channel, 'migrations.cancel', { migrationId });
      this.#answers.set(migrationId, sentence);
    } catch (error) {
      this.#notices.report(error);
    } finally {
      this.#cancelling.delete(migrationId);
    }
  }

  tuningAnswer(migrationId: string): string | undefined {
    return this.#tuningAnswers.get(migrationId);
  }

  async tune(migrationId: string, change: Omit<Request<'migrations.tune'>, 'migrationId'>): Promise<void> {
    await this.#answered(migrationId, call(this.#channel, 'migrations.tune', { migrationId, ...change }));
  }

  async switchToPostCopy(migrationId: string): Promise<void> {
    await this.#answered(migrationId, call(this.#channel, 'migrations.postCopy', { migrationId }));
  }

  async #answered(migrationId: string, answer: Promise<{ sentence: string }>): Promise<void> {
    try {
      this.#tuningAnswers.set(migrationId, (await answer).sentence);
    } catch (error) {
      this.#notices.report(error);
    }
  }

  dismiss(migrationId: string): void {
    call(this.#channel, 'migrations.dismiss', { migrationId }).catch((error: unknown) =>
      this.#notices.report(error),
    );
  }

  #apply(migration: MigrationSnapshot): void {
    if (isNewer(this.#byId.get(migration.migrationId), migration)) {
      this.#byId.set(migration.migrationId, migration);
    }
  }
}
