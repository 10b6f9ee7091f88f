import type { HostAccess } from '../../hosts/host-access.ts';
import { systemClock } from '../clock.ts';
import type { OwnedJournal } from '../journal/journals.ts';
import type { MigrationResult } from '../outcome.ts';
import { migrationHost } from '../run/libvirt-link.ts';
import { defaultLimits } from '../run/limits.ts';
import type { Cancellation } from '../run/cancellation.ts';
import type { EngineLogger, MigrationObserver } from '../run/run-report.ts';
import { storageHost } from '../storage/libvirt-storage.ts';
import { RecoveryRun } from './recovery-run.ts';

export interface RecoverRequest {
  owned: OwnedJournal;
  source: HostAccess;
  destination: HostAccess;
  /** Takes away the folder with a one-time identity on the source. Rejects with what to do by hand. */
  removeIdentity: (folder: string) => Promise<void>;
  /** Leaves everything as it is, for another time. */
  signal: AbortSignal;
  logger?: EngineLogger;
}

export interface RecoveringMigration {
  cancel(): { accepted: boolean; sentence: string };
  cancellation(): Cancellation;
  /** Rejects with `JournalError` or `LeftOffError`: it is then as it was. */
  readonly result: Promise<MigrationResult>;
}

/** Settles what the journal says is unfinished. Nothing is waited for longer than a minute once both hosts answer. */
export function recoverMigration(
  { owned, source, destination, removeIdentity, signal, logger }: RecoverRequest,
  observer: MigrationObserver,
): RecoveringMigration {
  const { header, replayed } = owned.file;
  const run = new RecoveryRun(
    {
      ...{ header, replayed, removeIdentity, signal, logger },
      journal: owned.file,
      source: migrationHost(source),
      destination: migrationHost(destination),
      storage: storageHost(destination),
      clock: systemClock,
      limits: defaultLimits,
    },
    observer,
  );
  return { cancel: () => run.cancel(), cancellation: () => run.cancellation(), result: run.run() };
}
