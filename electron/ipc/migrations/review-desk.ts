import { randomUUID } from 'node:crypto';
import { BadInputError, messageOf } from '../../common/errors.ts';
import type { Finding } from '../../engine/finding.ts';
import type { PlanOptions } from '../../engine/plan.ts';
import { reasonFor } from '../../engine/preflight/reasons.ts';
import type { Again } from '../../engine/preflight/run-preflight.ts';
import { reviewMigration, type Review } from '../../engine/review.ts';
import { mendPool } from '../../engine/storage/mend-pool.ts';
import type { IdentityMaker } from '../../common/host/one-time-identity.ts';
import type { HostRegistry } from '../../hosts/host-registry.ts';
import type { ManagedHost } from '../../hosts/managed-host.ts';
import { requireQemu } from '../../hosts/require-qemu.ts';
import type { EventHub } from '../event-hub.ts';
import type { ReviewFinding, ReviewSnapshot } from '../views.ts';
import type { Identities } from './identities.ts';
import { reviewSentence } from './review-sentence.ts';

export interface ReviewRequest {
  guestUuid: string;
  sourceHostId: string;
  destinationHostId: string;
  options: PlanOptions;
}

export interface OpenReview {
  request: ReviewRequest;
  snapshot: ReviewSnapshot;
  /** Set once the checks are done. */
  review: Review | undefined;
  /** By which check each was found. */
  foundBy: Map<Finding, string>;
  /** Set once it is planned, where the options ask for one. */
  identity: IdentityMaker | undefined;
  stop: AbortController;
}

/** The reviews that the screen has open: each runs its checks once and reports as they answer. */
export class ReviewDesk {
  readonly #registry: HostRegistry;
  readonly #events: EventHub;
  readonly #identities: Identities;
  readonly #open = new Map<string, OpenReview>();

  constructor(registry: HostRegistry, events: EventHub, identities: Identities) {
    this.#registry = registry;
    this.#events = events;
    this.#identities = identities;
  }

  /** @throws BadInputError for a host that is not on the board, or that only may be looked at. */
  start(request: ReviewRequest): string {
    const { guestUuid, sourceHostId, destinationHostId, options } = request;
    const source = this.#registry.monitor(sourceHostId);
    const destination = this.#registry.monitor(destinationHostId);
    for (const { host } of [source, destination]) {
      requireQemu(host);
      if (host.readOnly) throw new BadInputError('read-only', host.readOnly.reason);
    }
    const reviewId = randomUUID();
    const open: OpenReview = {
      request,
      snapshot: {
        reviewId,
        generation: 0,
        guest: { uuid: guestUuid, name: source.guest(guestUuid)?.name ?? guestUuid },
        sourceHostId,
        destinationHostId,
        options,
        state: 'checking',
        pending: [],
        findings: [],
        streams: [],
        plan: undefined,
        sentence: reviewSentence(undefined, options),
        canMigrate: false,
      },
      review: undefined,
      foundBy: new Map(),
      identity: undefined,
      stop: new AbortController(),
    };
    this.#open.set(reviewId, open);
    void this.#run(open, { source: source.host, destination: destination.host });
    return reviewId;
  }

  /**
   * Runs one check again; what the others have found stands, and the plan is made anew. All are run where some had been
   * left out, or the checks broke off.
   *
   * @throws BadInputError while the review's checks still run, for a check that was not run, or for a host that is no longer
   * on the board.
   */
  recheck(reviewId: string, check: string): void {
    const open = this.get(reviewId);
    const { sourceHostId, destinationHostId, options } = open.request;
    if (open.snapshot.state === 'checking')
      throw new BadInputError('review-busy', 'The checks still run.', { side: 'client' });
    const source = this.#registry.monitor(sourceHostId).host;
    const destination = this.#registry.monitor(destinationHostId).host;
    const { review, foundBy } = open;
    const isWhole = review?.plan !== undefined;
    if (isWhole && ![...foundBy.values()].includes(check))
      throw new BadInputError('check-unknown', `No check "${check}" was run.`, { side: 'client' });
    const kept = isWhole
      ? review.findings.filter((finding) => ![check, undefined].includes(foundBy.get(finding)))
      : [];
    open.review = undefined;
    this.#update(open, {
      state: 'checking',
      findings: kept.map((finding) => told(finding, foundBy.get(finding))),
      canMigrate: false,
      sentence: reviewSentence(undefined, options),
    });
    void this.#run(open, { source, destination }, isWhole ? { check, kept } : undefined);
  }

  /**
   * Does on the destination what a finding of the review says can be done there, and runs its check again.
   *
   * @throws BadInputError where no finding says so, or the checks still run; ViaductError `pool-not-mended`
   */
  async mend(reviewId: string, pool: string): Promise<void> {
    const open = this.get(reviewId);
    const { signal } = open.stop;
    const found = open.review?.findings.find(({ mend }) => mend?.pool === pool);
    const check = found && open.foundBy.get(found);
    if (found?.mend === undefined || check === undefined)
      throw new BadInputError('nothing-to-mend', 'No finding of this review asks for that.', {
        side: 'client',
      });
    const { host } = this.#registry.monitor(open.request.destinationHostId);
    // Not broken off with the review: what has begun on the host is finished.
    await mendPool(await host.control(signal), found.mend);
    if (!signal.aborted && open.snapshot.state === 'done') this.recheck(reviewId, check);
  }

  /** @throws BadInputError when it was closed. */
  get(reviewId: string): OpenReview {
    const open = this.#open.get(reviewId);
    if (open) return open;
    throw new BadInputError('review-over', 'That review is no longer open; check again.', { side: 'client' });
  }

  close(reviewId: string): void {
    this.#open.get(reviewId)?.stop.abort();
    this.#open.delete(reviewId);
  }

  closeAll(): void {
    for (const reviewId of [...this.#open.keys()]) this.close(reviewId);
  }

  async #run(
    open: OpenReview,
    hosts: { source: ManagedHost; destination: ManagedHost },
    again?: Again,
  ): Promise<void> {
    const { guestUuid, options } = open.request;
    const { foundBy } = open;
    try {
      if (options.oneTimeIdentity !== undefined && open.identity === undefined) {
        const { source, destination } = hosts;
        open.identity = await this.#identities.plan(options.oneTimeIdentity, source, destination.name);
      }
      const identity = open.identity?.planned;
      const review = await reviewMigration(
        { guest: guestUuid, ...hosts, options, identity, signal: open.stop.signal },
        {
          finding: (finding, check) => {
            if (check !== undefined) foundBy.set(finding, check);
            this.#update(open, { findings: [...open.snapshot.findings, told(finding, check)] });
          },
          pending: (pending) => this.#update(open, { pending }),
        },
        again,
      );
      open.review = review;
      this.#update(open, {
        state: 'done',
        pending: [],
        findings: review.findings.map((finding) => told(finding, foundBy.get(finding))),
        streams: review.streams,
        plan: review.plan,
        canMigrate: review.canMigrate,
        sentence: reviewSentence(review, options),
      });
    } catch (error) {
      if (open.stop.signal.aborted) return;
      const broken: Finding = {
        id: 'review',
        side: 'client',
        level: 'error',
        summary: `The check broke off: ${messageOf(error)}`,
        remedy: 'Check again.',
      };
      this.#update(open, {
        state: 'done',
        pending: [],
        findings: [...open.snapshot.findings, broken],
        sentence: "Can't move: the check broke off.",
      });
    }
  }

  #update(open: OpenReview, change: Partial<ReviewSnapshot>): void {
    if (!this.#open.has(open.snapshot.reviewId)) return;
    open.snapshot = { ...open.snapshot, ...change, generation: open.snapshot.generation + 1 };
    this.#events.emit('review', open.snapshot);
  }
}

function told(finding: Finding, check: string | undefined): ReviewFinding {
  if (check === undefined) return finding;
  const reason = reasonFor(check);
  return { ...finding, check, ...(reason === undefined ? {} : { reason }) };
}
