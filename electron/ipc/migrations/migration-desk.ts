import { randomUUID } from 'node:crypto';
import { BadInputError } from '../../common/errors.ts';
import { defaultPlanOptions, type MigrationPlan } from '../../engine/plan.ts';
import { phaseBegan, phaseEnded } from '../../engine/progress/phase-times.ts';
import { runMigration, type RunningMigration } from '../../engine/run-migration.ts';
import type { HostRegistry } from '../../hosts/host-registry.ts';
import { plaintextConsent, type Request } from '../contract.ts';
import type { EventHub } from '../event-hub.ts';
import type { MigrationSnapshot } from '../views.ts';
import { addSample } from './migration-history.ts';
import type { OpenReview, ReviewDesk } from './review-desk.ts';

interface Entry {
  snapshot: MigrationSnapshot;
  running: RunningMigration;
}

/** The migrations of this run of the app: started from a finished review, watched until they end, kept for the eye. */
export class MigrationDesk {
  readonly #registry: HostRegistry;
  readonly #reviews: ReviewDesk;
  readonly #events: EventHub;
  readonly #entries = new Map<string, Entry>();

  constructor(registry: HostRegistry, reviews: ReviewDesk, events: EventHub) {
    this.#registry = registry;
    this.#reviews = reviews;
    this.#events = events;
  }

  list(): MigrationSnapshot[] {
    return [...this.#entries.values()].map(({ snapshot }) => snapshot);
  }

  running(): number {
    return this.list().filter(({ result }) => result === undefined).length;
  }

  /** @throws BadInputError when the review is not done, cannot migrate, or lacks the consent that its mode needs. */
  start({ reviewId, plaintextConsent: consent }: Request<'migrations.start'>): string {
    const open = this.#reviews.get(reviewId);
    const plan = approvedPlan(open, consent);
    const { sourceHostId, destinationHostId, guestUuid } = open.request;
    const busy = this.list().some(({ guest, result }) => guest.uuid === guestUuid && result === undefined);
    if (busy) throw new BadInputError('migration-busy', `${plan.guest.name} is being moved already.`);
    const migrationId = randomUUID();
    const startedMs = performance.now();
    const elapsed = () => Math.round(performance.now() - startedMs);
    const running = runMigration(
      {
        plan,
        source: this.#registry.monitor(sourceHostId).host,
        destination: this.#registry.monitor(destinationHostId).host,
      },
      {
        phase: ({ phase, state }) =>
          this.#update(migrationId, ({ phases }) => ({
            phases:
              state === 'begin' ? phaseBegan(phases, phase, elapsed()) : phaseEnded(phases, phase, elapsed()),
          })),
        progress: (progress) =>
          this.#update(migrationId, ({ samples }) => ({ progress, samples: addSample(samples, progress) })),
      },
    );
    this.#entries.set(migrationId, {
      running,
      snapshot: {
        migrationId,
        generation: 0,
        guest: { uuid: plan.guest.uuid, name: plan.guest.name },
        sourceHostId,
        destinationHostId,
        options: plan.options,
        streams: plan.streams,
        changes: plan.changes,
        startedAtMs: Date.now(),
        phases: [],
        progress: undefined,
        samples: [],
        cancel: running.cancellation(),
        result: undefined,
      },
    });
    void running.result.then((result) => this.#update(migrationId, () => ({ result })));
    this.#reviews.close(reviewId);
    this.#update(migrationId, () => ({}));
    return migrationId;
  }

  /** @throws BadInputError for a migration that is not there. */
  cancel(migrationId: string): { accepted: boolean; sentence: string } {
    const answer = this.#entry(migrationId).running.cancel();
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
    const entries = [...this.#entries.values()];
    for (const { running } of entries) running.cancel();
    await Promise.all(entries.map(({ running }) => running.result));
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
      generation: snapshot.generation + 1,
    };
    this.#events.emit('migration', entry.snapshot);
  }
}

function approvedPlan({ review, request }: OpenReview, consent: string | undefined): MigrationPlan {
  if (!review) throw new BadInputError('review-unfinished', 'The checks are still running.');
  if (!review.plan || !review.canMigrate) {
    throw new BadInputError('review-refused', 'The review found something that has to be fixed first.');
  }
  const needsConsent = request.options.mode !== defaultPlanOptions.mode;
  if (needsConsent && consent !== plaintextConsent) {
    throw new BadInputError(
      'consent-missing',
      `Type "${plaintextConsent}" to let the guest's memory cross in the clear.`,
    );
  }
  return review.plan;
}
