import type { JournalEntry } from '../../../../electron/engine/journal/journal-entry.ts';
import { replayNext, replayStart, type Replayed } from '../../../../electron/engine/journal/replay.ts';
import type { RunJournal } from '../../../../electron/engine/journal/run-journal.ts';
import type { MigrationProgress, MigrationResult } from '../../../../electron/engine/outcome.ts';
import type { MigrationPlan } from '../../../../electron/engine/plan.ts';
import { RecoveryRun } from '../../../../electron/engine/recover/recovery-run.ts';
import { defaultLimits } from '../../../../electron/engine/run/limits.ts';
import { MigrationRun } from '../../../../electron/engine/run/migration-run.ts';
import type { PeerFault, SimulatedFault } from '../../../fakes/simulated-fault.ts';
import { SimulatedStorage } from '../../../fakes/simulated-storage.ts';
import { TwoHosts } from '../../../fakes/two-hosts.ts';
import { VirtualClock } from '../../../fakes/virtual-clock.ts';
import { headerFor } from '../journal/any-journal.ts';
import { planFor } from '../migration-plan.ts';

export interface Killing {
  plan?: MigrationPlan;
  killAtMs: number;
  /** Between the kill and the next start. */
  pauseMs?: number;
  persistent?: boolean;
  paused?: boolean;
  shutOff?: boolean;
  fault?: SimulatedFault;
  peerFault?: PeerFault;
  cancelAtMs?: number;
  /** Between the kill and the next start. */
  meanwhile?: (hosts: TwoHosts) => void;
  /** During the recovery. */
  onProgress?: (progress: MigrationProgress, run: RecoveryRun) => void;
  signal?: AbortSignal;
  removeIdentity?: (folder: string) => Promise<void>;
}

export interface Killed {
  hosts: TwoHosts;
  storage: SimulatedStorage;
  clock: VirtualClock;
  plan: MigrationPlan;
  entries: JournalEntry[];
  replayed: () => Replayed;
  recover: () => Promise<{ result: MigrationResult; progress: MigrationProgress[]; tookMs: number }>;
}

/** A journal in memory; after the kill nothing gets to it, and whoever waits for it waits for ever. */
class MemoryJournal implements RunJournal {
  readonly entries: JournalEntry[];
  isDead = false;

  constructor(entries: JournalEntry[]) {
    this.entries = entries;
  }

  note(entry: JournalEntry): void {
    if (!this.isDead) this.entries.push(structuredClone(entry));
  }

  flush(): Promise<void> {
    return this.isDead ? new Promise(() => undefined) : Promise.resolve();
  }
}

/** Runs a migration between the simulated hosts and kills what drives it, with its connections. */
export async function kill(killing: Killing): Promise<Killed> {
  const { killAtMs, pauseMs = 0, persistent = true, paused = false, shutOff = false } = killing;
  const clock = new VirtualClock();
  const storage = new SimulatedStorage();
  const hosts = new TwoHosts(clock, { paused, persistent, shutOff });
  hosts.fault = killing.fault;
  hosts.peerFault = killing.peerFault;
  const plan = killing.plan ?? planFor({}, { persistent });
  const entries: JournalEntry[] = [];
  const journal = new MemoryJournal(entries);
  const { source, destination } = hosts;
  const parts = { source, destination, storage, clock, limits: defaultLimits, logger: undefined };
  const migration = new MigrationRun(
    { ...parts, plan, journal, openRelay: undefined },
    { phase: () => undefined, progress: () => undefined },
  );
  void migration.run();
  if (killing.cancelAtMs !== undefined) {
    const { cancelAtMs } = killing;
    void clock.sleep(cancelAtMs).then(() => journal.isDead || migration.cancel());
  }
  await clock.until(clock.sleep(killAtMs));
  journal.isDead = true;
  hosts.breakLink('source');
  hosts.breakLink('destination');
  await clock.until(clock.sleep(pauseMs));
  killing.meanwhile?.(hosts);
  const header = headerFor(plan);
  const replayed = (): Replayed => entries.reduce(replayNext, replayStart(header));
  return {
    ...{ hosts, storage, clock, plan, entries, replayed },
    recover: async () => {
      const startedMs = clock.nowMs();
      const progress: MigrationProgress[] = [];
      const run: RecoveryRun = new RecoveryRun(
        {
          ...{ ...parts, header, replayed: replayed(), journal: new MemoryJournal(entries) },
          removeIdentity: killing.removeIdentity ?? (() => Promise.resolve()),
          signal: killing.signal ?? new AbortController().signal,
        },
        {
          phase: () => undefined,
          progress: (value) => {
            progress.push(value);
            killing.onProgress?.(value, run);
          },
        },
      );
      const result = await clock.until(run.run());
      return { result, progress, tookMs: clock.nowMs() - startedMs };
    },
  };
}
