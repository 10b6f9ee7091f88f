import type { IdentityMaker } from '../common/host/one-time-identity.ts';
import type { HostAccess } from '../hosts/host-access.ts';
import { openRelay } from '../hosts/relay/open-relay.ts';
import { ViaductError } from '../common/errors.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { IdentifiedRun } from './run/identified-run.ts';
import { noJournal } from './journal/run-journal.ts';
import type { RunJournal } from './journal/run-journal.ts';
import { JournaledRun } from './run/journaled-run.ts';
import type { JournalRequest } from './run/journaled-run.ts';
import type { BegunRun } from './run/staged-run.ts';
import { migrationHost } from './run/libvirt-link.ts';
import { defaultLimits } from './run/limits.ts';
import { storageHost } from './storage/libvirt-storage.ts';
import { MigrationRun } from './run/migration-run.ts';
import type { OpenRelay } from './run/open-run.ts';
import type { Cancellation } from './run/migration-run.ts';
import type { TuningAnswer, TuningChange } from './run/live-tuning.ts';
import type { EngineLogger, MigrationObserver, RunAction } from './run/run-report.ts';
import type { Possibility, TuningChoices } from './run/tuning.ts';
import type { MigrationPlan } from './plan.ts';

export interface MigrationRequest {
  /** As reviewed: nothing in it is worked out again. */
  plan: MigrationPlan;
  source: HostAccess;
  destination: HostAccess;
  /** Set exactly where the plan has the source's daemon log in with a certificate for this migration alone. */
  identity?: IdentityMaker | undefined;
  /** Absent only for a guest that may be lost: nothing can take up a migration that was not written down. */
  journal?: JournalRequest | undefined;
  clock?: Clock;
  logger?: EngineLogger;
}

export interface RunningMigration extends BegunRun {
  /** To be called once the result is in the history, or cannot be: its journal is ended. Never rejects. */
  conclude(): Promise<void>;
}

/**
 * Moves a guest as planned, over connections of its own that it closes at the end.
 *
 * The caller has run the preflight and the policy; this touches the hosts. Whatever goes wrong, the result says how
 * it ended and where the guest runs; a guest is never resumed on the source while the destination may run it.
 */
export function runMigration(request: MigrationRequest, observer: MigrationObserver): RunningMigration {
  const { journal, plan, clock = systemClock } = request;
  const begin = (to: RunJournal): BegunRun =>
    request.identity === undefined
      ? runPlanned(request, to, observer)
      : runIdentified(request, request.identity, to, observer);
  if (journal === undefined) return { ...begin(noJournal), conclude: () => Promise.resolve() };
  const run = new JournaledRun(plan, journal, clock, begin);
  return { ...begun(run), conclude: () => run.conclude() };
}

function runIdentified(
  request: MigrationRequest,
  identity: IdentityMaker,
  journal: RunJournal,
  observer: MigrationObserver,
): BegunRun {
  const { plan, source, destination, clock = systemClock } = request;
  const identified = { plan, source, destination, identity, journal, clock };
  return begun(new IdentifiedRun(identified, () => runPlanned(request, journal, observer)));
}

function begun(run: IdentifiedRun | JournaledRun | MigrationRun): BegunRun {
  return {
    cancel: () => run.cancel(),
    cancellation: () => run.cancellation(),
    tune: (change) => run.tune(change),
    switchToPostCopy: () => run.switchToPostCopy(),
    tuning: () => run.tuning(),
    result: run.run(),
  };
}

function runPlanned(request: MigrationRequest, journal: RunJournal, observer: MigrationObserver): BegunRun {
  const migration = new MigrationRun(
    {
      plan: request.plan,
      source: migrationHost(request.source),
      destination: migrationHost(request.destination),
      storage: storageHost(request.destination),
      journal,
      clock: request.clock ?? systemClock,
      limits: defaultLimits,
      logger: request.logger,
      openRelay: relayFor(request),
    },
    observer,
  );
  return begun(migration);
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
