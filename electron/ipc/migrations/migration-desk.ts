import { randomUUID } from 'node:crypto';
import { BadInputError } from '../../common/errors.ts';
import { isSettled, type MigrationResult } from '../../engine/outcome.ts';
import type { MigrationPlan } from '../../engine/plan.ts';
import type { Journals, OwnedJournal } from '../../engine/journal/journals.ts';
import { phaseBegan, phaseEnded } from '../../engine/progress/phase-times.ts';
import { makeReceipt, type ReceiptRequest } from '../../engine/receipt/make-receipt.ts';
import { receiptOnce } from '../../engine/recover/receipt-once.ts';
import { recoverMigration } from '../../engine/recover/recover-migration.ts';
import { LeftOffError } from '../../engine/recover/recovery-run.ts';
import {
  runMigration,
  type MigrationObserver,
  type RunningMigration,
  type TuningAnswer,
  type TuningChange,
} from '../../engine/run-migration.ts';
import type { ManagedHost } from '../../hosts/managed-host.ts';
import type { HostRegistry } from '../../hosts/host-registry.ts';
import { plaintextConsent, type Request } from '../contract.ts';
import type { EventHub } from '../event-hub.ts';
import type { HistoryDesk } from '../history/history-desk.ts';
import type { MigrationSnapshot } from '../views.ts';
import type { Identities } from './identities.ts';
import { addSample } from './migration-history.ts';
import { refusedStart } from './refused-start.ts';
import type { OpenReview, ReviewDesk } from './review-desk.ts';

type Controls = Pick<RunningMigration, 'cancel' | 'cancellation' | 'tune' | 'switchToPostCopy' | 'tuning'>;

interface Entry {
  snapshot: MigrationSnapshot;
  running: Controls;
  /** Settles once it has ended and is in the history, or cannot be. */
  over: Promise<void>;
}

/** A migration that another run of the app left. `hostId` is a host's name where it is not on the board. */
export interface LeftMigration {
  owned: OwnedJournal;
  source: { hostId: string; host: ManagedHost };
  destination: { hostId: string; host: ManagedHost };
  removeIdentity: (folder: string) => Promise<void>;
  signal: AbortSignal;
}

export interface MigrationDeskParts {
  registry: HostRegistry;
  reviews: ReviewDesk;
  history: HistoryDesk;
  events: EventHub;
  identities: Identities;
  journals: Journals;
}

/** The migrations of this run of the app: started from a finished review, watched until they end, kept for the eye. */
export class MigrationDesk {
  readonly #registry: HostRegistry;
  readonly #reviews: ReviewDesk;
  readonly #history: HistoryDesk;
  readonly #events: EventHub;
  readonly #identities: Identities;
  readonly #journals: Journals;
  readonly #entries = new Map<string, Entry>();
  readonly #keeping = new Set<Promise<unknown>>();

  constructor({ registry, reviews, history, events, identities, journals }: MigrationDeskParts) {
    this.#registry = registry;
    this.#reviews = reviews;
    this.#history = history;
    this.#events = events;
    this.#identities = identities;
    this.#journals = journals;
  }

  list(): MigrationSnapshot[] {
    return [...this.#entries.values()].map(({ snapshot }) => snapshot);
  }

  /** @throws BadInputError `migration-busy` while a migration of that guest is under way here. */
  requireIdle(guestUuid: string): void {
    const busy = this.list().find(({ guest, result }) => guest.uuid === guestUuid && result === undefined);
    if (busy === undefined) return;
    throw new BadInputError('migration-busy', `${busy.guest.name} is being moved already.`, {
      side: 'client',
      remedy: 'Watch it under Migrations; look again once it has ended.',
    });
  }

  /** Those that end with this run of the app. */
  running(): number {
    const entries = [...this.#entries.values()];
    return entries.filter(({ snapshot }) => snapshot.result === undefined && !snapshot.takenUp).length;
  }

  /**
   * @throws BadInputError when the review is not done, cannot migrate, or lacks the consent that its mode needs;
   * ViaductError `authority-locked` when the authority that is to sign its identity is.
   */
  start({ reviewId, plaintextConsent: consent }: Request<'migrations.start'>): string {
    const open = this.#reviews.get(reviewId);
    const { sourceHostId, destinationHostId } = open.request;
    const migrationId = randomUUID();
    const asked = this.#askedFor(migrationId, open);
    let plan: MigrationPlan;
    try {
      plan = this.#approvedPlan(open, consent);
    } catch (error) {
      this.#refused(asked, open, error);
      throw error;
    }
    const { findings, identities } = open.review ?? { findings: [], identities: [] };
    const startedMs = performance.now();
    const elapsed = () => Math.round(performance.now() - startedMs);
    const running = runMigration(
      {
        plan,
        source: this.#registry.monitor(sourceHostId).host,
        destination: this.#registry.monitor(destinationHostId).host,
        identity: open.identity,
        journal: { journals: this.#journals, id: migrationId, findings, identities },
      },
      this.#observe(migrationId, elapsed),
    );
    const over = running.result.then((result) => this.#ended(migrationId, { ...asked, result }, running));
    const ends = { migrationId, sourceHostId, destinationHostId, takenUp: false };
    const snapshot = beganSnapshot(plan, ends, Date.now(), running);
    this.#entries.set(migrationId, { running, over, snapshot });
    this.#reviews.close(reviewId);
    this.#update(migrationId, () => ({}));
    return migrationId;
  }

  /**
   * Settles what another run of the app left, shown as a migration under way. Resolves once that is over.
   *
   * @throws {JournalError} where nothing can be written down: it is then as it was.
   */
  async takeUp({ owned, source, destination, ...rest }: LeftMigration): Promise<void> {
    const { id: migrationId, at, plan } = owned.file.header;
    const startedAtMs = Date.parse(at);
    const ends = leftEnds(migrationId, source, destination);
    const recovering = recoverMigration(
      { ...rest, owned, source: source.host, destination: destination.host },
      this.#observe(migrationId, () => Math.max(0, Date.now() - startedAtMs)),
    );
    const running: Controls = { ...recovering, ...onlyFollowed };
    const snapshot = beganSnapshot(plan, ends, startedAtMs, running);
    this.#entries.set(migrationId, { running, over: Promise.resolve(), snapshot });
    this.#update(migrationId, () => ({}));
    try {
      await this.#settled(owned, await recovering.result);
    } catch (error) {
      await owned.release();
      this.#entries.delete(migrationId);
      this.#events.emit('migrationDismissed', { migrationId });
      if (!(error instanceof LeftOffError)) throw error;
    }
  }

  /**
   * Asks once more about a migration that needs a person. Nothing changes on the screen unless it can be settled now.
   *
   * @throws {JournalError} where nothing can be written down: it is then as it was.
   */
  async settleAgain({ owned, source, destination, ...rest }: LeftMigration): Promise<void> {
    const { id: migrationId, at, plan } = owned.file.header;
    const recovering = recoverMigration(
      { ...rest, owned, source: source.host, destination: destination.host },
      { phase: () => undefined, progress: () => undefined },
    );
    try {
      const result = await recovering.result;
      if (isSettled(result)) {
        const running: Controls = { ...recovering, ...onlyFollowed };
        const ends = leftEnds(migrationId, source, destination);
        const known = this.#entries.get(migrationId)?.snapshot;
        const snapshot = known ?? beganSnapshot(plan, ends, Date.parse(at), running);
        this.#entries.set(migrationId, { running, over: Promise.resolve(), snapshot });
      }
      await this.#settled(owned, result);
    } catch (error) {
      await owned.release();
      if (!(error instanceof LeftOffError)) throw error;
    }
  }

  async #settled(owned: OwnedJournal, result: MigrationResult): Promise<void> {
    const { id } = owned.file.header;
    const receipt = await receiptOnce(owned, result, this.#history);
    const historyProblem = receipt && (await this.#history.keep(receipt));
    const shown = receipt ?? (await this.#history.find(id));
    this.#update(id, () => ({ result, receipt: shown, historyProblem }));
    await (isSettled(result) ? owned.end() : owned.release());
  }

  /** @throws BadInputError for a migration that is not there. */
  cancel(migrationId: string): { accepted: boolean; sentence: string } {
    const answer = this.#entry(migrationId).running.cancel();
    this.#update(migrationId, () => ({}));
    return answer;
  }

  /** @throws BadInputError for a migration that is not there. */
  tune(migrationId: string, change: TuningChange): Promise<TuningAnswer> {
    return this.#entry(migrationId).running.tune(change);
  }

  /** @throws BadInputError for a migration that is not there. */
  async switchToPostCopy(migrationId: string): Promise<TuningAnswer> {
    const answer = await this.#entry(migrationId).running.switchToPostCopy();
    this.#update(migrationId, () => ({}));
    return answer;
  }

  /** Takes an ended migration off the screen. @throws BadInputError while it runs. */
  dismiss(migrationId: string): void {
    if (this.#entry(migrationId).snapshot.result === undefined) {
      throw new BadInputError('migration-running', 'It is still running; cancel it first.');
    }
    this.#entries.delete(migrationId);
    this.#events.emit('migrationDismissed', { migrationId });
  }

  /** Cancels what can still be cancelled and waits until every migration has an end. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()].filter(({ snapshot }) => !snapshot.takenUp);
    for (const { running } of entries) running.cancel();
    await Promise.all([...entries.map(({ over }) => over), ...this.#keeping]);
  }

  #observe(migrationId: string, elapsed: () => number): MigrationObserver {
    return {
      phase: ({ phase, state }) =>
        this.#update(migrationId, ({ phases }) => ({
          phases:
            state === 'begin' ? phaseBegan(phases, phase, elapsed()) : phaseEnded(phases, phase, elapsed()),
        })),
      progress: (progress) =>
        this.#update(migrationId, ({ samples }) => ({ progress, samples: addSample(samples, progress) })),
      action: (action) =>
        this.#update(migrationId, ({ actions }) => ({
          actions: [...actions, { ...action, elapsedMs: elapsed() }],
        })),
    };
  }

  /** What its receipt is made of, but for how it ends. */
  #askedFor(id: string, { request, review }: OpenReview): Omit<ReceiptRequest, 'endedAt' | 'result'> {
    const end = (hostId: string): ReceiptRequest['source'] => this.#registry.monitor(hostId).host;
    return {
      id,
      startedAt: new Date(),
      source: end(request.sourceHostId),
      destination: end(request.destinationHostId),
      options: request.options,
      review,
    };
  }

  async #ended(
    migrationId: string,
    request: Omit<ReceiptRequest, 'endedAt'>,
    running: RunningMigration,
  ): Promise<void> {
    const receipt = makeReceipt({ ...request, endedAt: new Date() });
    this.#update(migrationId, () => ({ result: request.result, receipt }));
    const historyProblem = await this.#history.keep(receipt);
    await running.conclude();
    if (historyProblem !== undefined) this.#update(migrationId, () => ({ historyProblem }));
  }

  /** A run that was asked for and is not begun is an entry of the history as well. */
  #refused(asked: Omit<ReceiptRequest, 'endedAt' | 'result'>, open: OpenReview, error: unknown): void {
    const result = refusedStart(open, asked, error);
    const keeping = this.#history.keep(makeReceipt({ ...asked, endedAt: new Date(), result }));
    this.#keeping.add(keeping);
    void keeping.then(() => this.#keeping.delete(keeping));
  }

  #approvedPlan(open: OpenReview, consent: string | undefined): MigrationPlan {
    const plan = approvedPlan(open, consent);
    const { oneTimeIdentity } = plan.options;
    if (oneTimeIdentity !== undefined) this.#identities.requireUnlocked(oneTimeIdentity);
    this.requireIdle(open.request.guestUuid);
    return plan;
  }

  #entry(migrationId: string): Entry {
    const entry = this.#entries.get(migrationId);
    if (entry) return entry;
    throw new BadInputError('migration-unknown', 'There is no such migration.');
  }

  #update(migrationId: string, change: (snapshot: MigrationSnapshot) => Partial<MigrationSnapshot>): void {
    const entry = this.#entries.get(migrationId);
    if (!entry) return;
    const { snapshot, running } = entry;
    entry.snapshot = {
      ...snapshot,
      ...change(snapshot),
      cancel: running.cancellation(),
      tuning: running.tuning(),
      generation: snapshot.generation + 1,
    };
    this.#events.emit('migration', entry.snapshot);
  }
}

const cannot = {
  possible: false,
  sentence: 'Another run of Viaduct began it; here it is only followed.',
} as const;

/** What was begun elsewhere can be told to stop, and no more. */
const onlyFollowed: Pick<Controls, 'tune' | 'switchToPostCopy' | 'tuning'> = {
  tune: () => Promise.resolve({ accepted: false, sentence: cannot.sentence }),
  switchToPostCopy: () => Promise.resolve({ accepted: false, sentence: cannot.sentence }),
  tuning: () => ({ bandwidth: cannot, maxDowntime: cannot, throttle: cannot, postCopy: cannot }),
};

type SnapshotEnds = Pick<MigrationSnapshot, 'migrationId' | 'sourceHostId' | 'destinationHostId' | 'takenUp'>;

function leftEnds(
  migrationId: string,
  source: LeftMigration['source'],
  destination: LeftMigration['destination'],
): SnapshotEnds {
  return { migrationId, sourceHostId: source.hostId, destinationHostId: destination.hostId, takenUp: true };
}

function beganSnapshot(
  { guest, options, streams, changes }: MigrationPlan,
  ends: SnapshotEnds,
  startedAtMs: number,
  running: Controls,
): MigrationSnapshot {
  return {
    ...ends,
    generation: 0,
    guest: { uuid: guest.uuid, name: guest.name },
    ...{ options, streams, changes, startedAtMs },
    phases: [],
    progress: undefined,
    samples: [],
    cancel: running.cancellation(),
    tuning: running.tuning(),
    actions: [],
    result: undefined,
    receipt: undefined,
    historyProblem: undefined,
  };
}

function approvedPlan({ review, request }: OpenReview, consent: string | undefined): MigrationPlan {
  if (!review) throw new BadInputError('review-unfinished', 'The checks are still running.');
  if (!review.plan || !review.canMigrate) {
    throw new BadInputError('review-refused', 'The review found something that has to be fixed first.');
  }
  const needsConsent = request.options.allowPlaintext;
  if (needsConsent && consent !== plaintextConsent) {
    throw new BadInputError(
      'consent-missing',
      `Type "${plaintextConsent}" to let the guest's memory cross in the clear.`,
    );
  }
  return review.plan;
}
