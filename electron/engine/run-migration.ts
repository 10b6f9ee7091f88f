import type { IdentityMaker } from '../common/host/one-time-identity.ts';
import type { HostAccess } from '../hosts/host-access.ts';
import { openRelay } from '../hosts/relay/open-relay.ts';
import { ViaductError } from '../common/errors.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { IdentifiedRun } from './run/identified-run.ts';
import { migrationHost } from './run/libvirt-link.ts';
import { defaultLimits } from './run/limits.ts';
import { storageHost } from './storage/libvirt-storage.ts';
import { MigrationRun } from './run/migration-run.ts';
import type { OpenRelay } from './run/open-run.ts';
import type { Cancellation } from './run/migration-run.ts';
import type { TuningAnswer, TuningChange } from './run/live-tuning.ts';
import type { EngineLogger, MigrationObserver, RunAction } from './run/run-report.ts';
import type { Possibility, TuningChoices } from './run/tuning.ts';
import type { MigrationResult } from './outcome.ts';
import type { MigrationPlan } from './plan.ts';

export interface MigrationRequest {
  /** As reviewed: nothing in it is worked out again. */
  plan: MigrationPlan;
  source: HostAccess;
  destination: HostAccess;
  /** Set exactly where the plan has the source's daemon log in with a certificate for this migration alone. */
  identity?: IdentityMaker | undefined;
  clock?: Clock;
  logger?: EngineLogger;
}

export interface RunningMigration {
  /** Asks the run to stop. `accepted` is false when it is too late or over; the sentence says what happens instead. */
  cancel(): { accepted: boolean; sentence: string };
  /** What `cancel` would do now. */
  cancellation(): Cancellation;
  /** Changes limits while the guest moves. Never rejects; the sentence says what came of it. */
  tune(change: TuningChange): Promise<TuningAnswer>;
  /** Has the guest go on at the destination at once, its memory following. Never rejects. */
  switchToPostCopy(): Promise<TuningAnswer>;
  /** What `tune` and `switchToPostCopy` could do now. */
  tuning(): TuningChoices;
  /** Exactly one end; never rejects. */
  readonly result: Promise<MigrationResult>;
}

/**
 * Moves a guest as planned, over connections of its own that it closes at the end.
 *
 * The caller has run the preflight and the policy; this touches the hosts. Whatever goes wrong, the result says how
 * it ended and where the guest runs; a guest is never resumed on the source while the destination may run it.
 */
export function runMigration(request: MigrationRequest, observer: MigrationObserver): RunningMigration {
  const { identity, clock = systemClock, ...rest } = request;
  if (identity === undefined) return runPlanned(request, observer);
  const run = new IdentifiedRun({ ...rest, identity, clock }, () => runPlanned(request, observer));
  return {
    cancel: () => run.cancel(),
    cancellation: () => run.cancellation(),
    tune: (change) => run.tune(change),
    switchToPostCopy: () => run.switchToPostCopy(),
    tuning: () => run.tuning(),
    result: run.run(),
  };
}

function runPlanned(request: MigrationRequest, observer: MigrationObserver): RunningMigration {
  const migration = new MigrationRun(
    {
      plan: request.plan,
      source: migrationHost(request.source),
      destination: migrationHost(request.destination),
      storage: storageHost(request.destination),
      clock: request.clock ?? systemClock,
      limits: defaultLimits,
      logger: request.logger,
      openRelay: relayFor(request),
    },
    observer,
  );
  return {
    cancel: () => migration.cancel(),
    cancellation: () => migration.cancellation(),
    tune: (change) => migration.tune(change),
    switchToPostCopy: () => migration.switchToPostCopy(),
    tuning: () => migration.tuning(),
    result: migration.run(),
  };
}

function relayFor({ plan, source, destination }: MigrationRequest): OpenRelay | undefined {
  const { relay: owners, guest, options } = plan;
  if (owners === undefined) return undefined;
  return async (signal) => {
    const ends = { source: source.relay, destination: destination.relay };
    if (ends.source === undefined || ends.destination === undefined) {
      throw new ViaductError('relay.no-session', 'Both hosts have to be reached over SSH for a relay.');
    }
    const both = { source: ends.source, destination: ends.destination };
    const withDisks = guest.disks.length > 0;
    return openRelay({ ends: both, owners, guestName: options.rename ?? guest.name, withDisks }, signal);
  };
}

export type {
  Cancellation,
  EngineLogger,
  MigrationObserver,
  Possibility,
  RunAction,
  TuningAnswer,
  TuningChange,
  TuningChoices,
};
