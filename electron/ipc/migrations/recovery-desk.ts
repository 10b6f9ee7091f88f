import type { SudoPrompts } from '../../common/host/sudo-prompts.ts';
import { messageOf, ViaductError } from '../../common/errors.ts';
import { redactUri } from '../../common/redact-uri.ts';
import { removeOneTimeFolder } from '../../deploy/one-time-identity.ts';
import { owned } from '../../engine/journal/journal-error.ts';
import type { Journals, UnfinishedMigration } from '../../engine/journal/journals.ts';
import type { ManagedHost } from '../../hosts/managed-host.ts';
import type { HostRegistry } from '../../hosts/host-registry.ts';
import type { MigrationDesk } from './migration-desk.ts';

export interface RecoveryDeskParts {
  journals: Journals;
  registry: Pick<HostRegistry, 'monitors'>;
  migrations: Pick<MigrationDesk, 'takeUp'>;
  prompts: SudoPrompts;
  /** For a host that is not on the board. */
  open: (connectUri: string) => ManagedHost;
  /** What could not be taken up, for whoever looks after this process; each a sentence and what to do. */
  tell: (sentence: string) => void;
}

/** Takes up, when the app starts, what another run of it has left unfinished; each is shown as a migration under way. */
export class RecoveryDesk {
  readonly #parts: RecoveryDeskParts;
  readonly #leave = new AbortController();
  #over: Promise<void> = Promise.resolve();

  constructor(parts: RecoveryDeskParts) {
    this.#parts = parts;
  }

  /** Returns at once. The promise never rejects: what cannot be taken up is told. */
  start(): Promise<void> {
    this.#over = this.#takeUpAll().catch((error: unknown) => this.#tell(error));
    return this.#over;
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
    const { journals, migrations, prompts } = this.#parts;
    const { guest, source: from, destination: to } = migration.header.plan;
    if (migration.owner !== undefined) throw owned(guest.name, migration.owner);
    await using opened = new AsyncDisposableStack();
    const [source, destination] = [this.#end(from.connectUri, opened), this.#end(to.connectUri, opened)];
    const taken = await journals.take(migration);
    if (taken === undefined) return;
    await migrations.takeUp({
      ...{ owned: taken, source, destination, signal: this.#leave.signal },
      removeIdentity: (folder) => removeOneTimeFolder({ source: source.host, prompts }, folder),
    });
  }

  /** As it is on the board, where what a URI must not be kept with is known as well; else opened for this alone. */
  #end(connectUri: string, opened: AsyncDisposableStack): { hostId: string; host: ManagedHost } {
    const known = this.#parts.registry
      .monitors()
      .find(({ host }) => redactUri(host.connectUri) === connectUri && host.readOnly === undefined);
    if (known !== undefined) return { hostId: known.id, host: known.host };
    const host = this.#parts.open(connectUri);
    opened.defer(() => host.close());
    return { hostId: host.name, host };
  }

  #tell(error: unknown): void {
    if (this.#leave.signal.aborted) return;
    const remedy = error instanceof ViaductError ? (error.remedy ?? '') : '';
    this.#parts.tell(`${messageOf(error)} ${remedy}`.trim());
  }
}
