import { SvelteMap } from 'svelte/reactivity';
import { call, type Channel } from '../bridge.ts';
import type { PlanOptions, ReviewSnapshot } from '../../electron/ipc/views.ts';
import { isNewer } from './generations.ts';
import { initialOptions } from './plan-options.ts';
import { problemOf, type Problem } from './problem.ts';

/** What is intended: which guest goes where. */
export interface Intent {
  guestUuid: string;
  guestName: string;
  sourceHostId: string;
  destinationHostId: string;
}

/**
 * The one review that is open. Each change of an option asks for a new review; what the last one found stays on the
 * screen, marked as superseded, until the new one says something.
 */
export class ReviewController {
  readonly #channel: Channel;
  intent = $state.raw<Intent | undefined>(undefined);
  options = $state.raw<PlanOptions>(initialOptions);
  snapshot = $state.raw<ReviewSnapshot | undefined>(undefined);
  problem = $state.raw<Problem | undefined>(undefined);
  starting = $state(false);
  /** The pool that is being started or made. */
  mending = $state<string | undefined>(undefined);
  #reviewId = $state<string | undefined>(undefined);
  /** Counts the reviews asked for; an answer to an older one is closed unseen. */
  #round = 0;
  /** The newest snapshot of each review heard of since the last request, as events may outrun the reply. */
  readonly #heard = new SvelteMap<string, ReviewSnapshot>();
  /** True while what is shown belongs to other options than those chosen. */
  readonly isSuperseded = $derived(this.snapshot !== undefined && this.snapshot.reviewId !== this.#reviewId);

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.on('review', (review) => this.#hear(review));
  }

  open(intent: Intent, options: PlanOptions = initialOptions): void {
    this.close();
    this.intent = intent;
    this.options = options;
    void this.#ask();
  }

  change(options: PlanOptions): void {
    this.options = options;
    void this.#ask();
  }

  askAgain(): void {
    void this.#ask();
  }

  /** One check of what is shown; nothing happens where that is superseded already. */
  recheck(check: string): void {
    const reviewId = this.#reviewId;
    if (reviewId === undefined) return;
    this.problem = undefined;
    call(this.#channel, 'migrations.recheck', { reviewId, check }).catch((error: unknown) => {
      if (reviewId === this.#reviewId) this.problem = problemOf(error);
    });
  }

  /** Does what a finding says can be done about a pool; its check is run again afterwards. */
  async mend(pool: string): Promise<void> {
    const reviewId = this.#reviewId;
    if (reviewId === undefined || this.mending !== undefined) return;
    this.problem = undefined;
    this.mending = pool;
    try {
      await call(this.#channel, 'migrations.mend', { reviewId, pool });
    } catch (error) {
      if (reviewId === this.#reviewId) this.problem = problemOf(error);
    } finally {
      this.mending = undefined;
    }
  }

  close(): void {
    this.#round += 1;
    this.#closeReview(this.#reviewId);
    this.#reviewId = undefined;
    this.#heard.clear();
    this.intent = undefined;
    this.snapshot = undefined;
    this.problem = undefined;
  }

  /** Starts what was reviewed and ends the review. @returns the migration's id, or `undefined` when refused. */
  async start(plaintextConsent: string | undefined): Promise<string | undefined> {
    const reviewId = this.#reviewId;
    if (reviewId === undefined) return undefined;
    this.starting = true;
    this.problem = undefined;
    try {
      const consent = plaintextConsent === undefined ? {} : { plaintextConsent };
      const { migrationId } = await call(this.#channel, 'migrations.start', { reviewId, ...consent });
      this.#reviewId = undefined;
      this.close();
      return migrationId;
    } catch (error) {
      this.problem = problemOf(error);
      return undefined;
    } finally {
      this.starting = false;
    }
  }

  async #ask(): Promise<void> {
    const intent = this.intent;
    if (!intent) return;
    const round = ++this.#round;
    const previous = this.#reviewId;
    this.#reviewId = undefined;
    this.problem = undefined;
    this.#closeReview(previous);
    const { guestUuid, sourceHostId, destinationHostId } = intent;
    try {
      const { reviewId } = await call(this.#channel, 'migrations.review', {
        guestUuid,
        sourceHostId,
        destinationHostId,
        options: this.options,
      });
      if (round !== this.#round) {
        this.#closeReview(reviewId);
        return;
      }
      this.#reviewId = reviewId;
      this.snapshot = this.#heard.get(reviewId) ?? this.snapshot;
      this.#heard.clear();
    } catch (error) {
      if (round === this.#round) this.problem = problemOf(error);
    }
  }

  #hear(review: ReviewSnapshot): void {
    if (review.reviewId === this.#reviewId) {
      const current = this.isSuperseded ? undefined : this.snapshot;
      if (isNewer(current, review)) this.snapshot = review;
    } else if (this.intent && isNewer(this.#heard.get(review.reviewId), review)) {
      this.#heard.set(review.reviewId, review);
    }
  }

  /** A review that cannot be closed has ended already, or ends with the connection. */
  #closeReview(reviewId: string | undefined): void {
    if (reviewId === undefined) return;
    call(this.#channel, 'migrations.closeReview', { reviewId }).catch(() => undefined);
  }
}
