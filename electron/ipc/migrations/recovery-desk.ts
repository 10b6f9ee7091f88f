import type { SudoPrompts } from '../../common/host/sudo-prompts.ts';
import { messageOf, ViaductError } from '../../common/errors.ts';
import { redactUri } from '../../common/redact-uri.ts';
import { removeOneTimeFolder } from '../../deploy/one-time-identity.ts';
import { type Clock, systemClock } from '../../engine/clock.ts';
import { owned } from '../../engine/journal/journal-error.ts';
import type { Journals, UnfinishedMigration } from '../../engine/journal/journals.ts';
import type { ManagedHost } from '../../hosts/managed-host.ts';
import type { HostRegistry } from '../../hosts/host-registry.ts';
import type { LeftMigration, MigrationDesk } from './migration-desk.ts';

export interface RecoveryDeskParts {
  journals: Journals;
  registry: Pick<HostRegistry, 'monitors'>;
  migrations: Pick<MigrationDesk, 'takeUp' | 'settleAgain'>;
  prompts: SudoPrompts;
  /** For a host that is not on the board. */
  open: (connectUri: string) => ManagedHost;
  /** What could not be taken up, for whoever looks after this process; each a sentence and what to do. */
  tell: (sentence: string) => void;
  clock?: Clock;
}

/** After this it is asked again what became of a migration; twice as long after each time without an answer, up to the longest. */
const shortestPauseMs = 30_000;
const longestPauseMs = 600_000;

/**
 * Takes up, when the app starts, what another run of it has left unfinished; each is shown as a migration under way. As
 * long as the app runs it also asks again about those that could not be settled: a host may be back.
 */
export class RecoveryDesk {
  readonly #parts: RecoveryDeskParts;
  readonly #clock: Clock;
  readonly #leave = new AbortController();
  readonly #told = new Set<string>();
  #over: Promise<void> = Promise.resolve();

  constructor(parts: RecoveryDeskParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
  }

  /** Returns at once. The promise resolves when all of them are over; it never rejects: what cannot be taken up is told. */
  start(): Promise<void> {
    const taken = this.#takeUpAll().catch((error: unknown) => this.#tell(error));
    this.#over = taken.then(() => this.#keepAsking());
    return taken;
  }

  /** Leaves what is not settled for the next start. */
  async close(): Promise<void> {
    this.#leave.abort();
    await this.#over;
  }

  async #takeUpAll(): Promise<void> {
    const { migrations, troubles } = await this.#parts.journals.unfinished();
    for (const { error } of troubles) this.#tell(error);
    await Promise.all(
      migrations.map((migration) => this.#takeUp(migration).catch((error: unknown) => this.#tell(error))),
    );
  }

  async #takeUp(migration: UnfinishedMigration): Promise<void> {
    const { migrations } = this.#parts;
    const { guest, source: from, destination: to } = migration.header.plan;
    if (migration.owner !== undefined) throw owned(guest.name, migration.owner);
    await using opened = new AsyncDisposableStack();
    const ends = {
      source: this.#onBoard(from.connectUri) ?? this.#opened(from.connectUri, opened),
      destination: this.#onBoard(to.connectUri) ?? this.#opened(to.connectUri, opened),
    };
    const left = await this.#left(migration, ends);
    if (left !== undefined) await migrations.takeUp(left);
  }

  /** Never rejects; ends with the app. */
  async #keepAsking(): Promise<void> {
    const { signal } = this.#leave;
    let pauseMs = shortestPauseMs;
    for (;;) {
      await this.#clock.sleep(pauseMs, signal);
      if (signal.aborted) return;
      const isOpen = await this.#askAgain().catch((error: unknown) => this.#tell(error));
      pauseMs = isOpen === true ? Math.min(pauseMs * 2, longestPauseMs) : shortestPauseMs;
    }
  }

  /** @returns whether there was anything to ask about */
  async #askAgain(): Promise<boolean> {
    const { migrations } = await this.#parts.journals.unfinished();
    const left = migrations.filter(({ owner }) => owner === undefined);
    for (const migration of left)
      await this.#settleAgain(migration).catch((error: unknown) => this.#tell(error));
    return left.length > 0;
  }

  /** A host that is not on the board is not asked again: nobody is there to answer for its login. */
  async #settleAgain(migration: UnfinishedMigration): Promise<void> {
    const { plan } = migration.header;
    const source = this.#onBoard(plan.source.connectUri);
    const destination = this.#onBoard(plan.destination.connectUri);
    if (source === undefined || destination === undefined) return;
    const left = await this.#left(migration, { source, destination });
    if (left !== undefined) await this.#parts.migrations.settleAgain(left);
  }

  /** @returns `undefined` where somebody else has settled it meanwhile */
  async #left(
    migration: UnfinishedMigration,
    ends: Pick<LeftMigration, 'source' | 'destination'>,
  ): Promise<LeftMigration | undefined> {
    const { journals, prompts } = this.#parts;
    const taken = await journals.take(migration);
    if (taken === undefined) return undefined;
    return {
      ...{ ...ends, owned: taken, signal: this.#leave.signal },
      removeIdentity: (folder) => removeOneTimeFolder({ source: ends.source.host, prompts }, folder),
    };
  }

  /** Where what a URI must not be kept with is known as well. */
  #onBoard(connectUri: string): LeftMigration['source'] | undefined {
    const known = this.#parts.registry
      .monitors()
      .find(({ host }) => redactUri(host.connectUri) === connectUri && host.readOnly === undefined);
    return known && { hostId: known.id, host: known.host };
  }

  #opened(connectUri: string, until: AsyncDisposableStack): LeftMigration['source'] {
    const host = this.#parts.open(connectUri);
    until.defer(() => host.close());
    return { hostId: host.name, host };
  }

  #tell(error: unknown): undefined {
    if (this.#leave.signal.aborted) return;
    const remedy = error instanceof ViaductError ? (error.remedy ?? '') : '';
    const sentence = `${messageOf(error)} ${remedy}`.trim();
    if (this.#told.has(sentence)) return;
    this.#told.add(sentence);
    this.#parts.tell(sentence);
  }
}
