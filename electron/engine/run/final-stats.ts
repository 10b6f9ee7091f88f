import { jobStatsFlags } from '../../libvirt/index.ts';
import type { DomainRef, TypedParameterMap } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import { measuredDowntimeMs } from '../progress/job-stats.ts';
import type { MigrationLimits } from './limits.ts';
import type { MigrationHost, Registration } from './migration-link.ts';
import { within } from './within.ts';

/**
 * The measured pause at switchover.
 *
 * The source tells it in its "job completed" event, on success only, before or after the reply to Confirm; a
 * transient guest is gone afterwards. The destination keeps the statistics of the last migration it took in.
 */
export class FinalStats {
  readonly #request: StatsRequest;
  readonly #told = Promise.withResolvers<TypedParameterMap>();
  #registration: Registration | undefined;

  constructor(request: StatsRequest) {
    this.#request = request;
  }

  /** Never rejects: without the event the destination is asked. */
  async listen(): Promise<void> {
    const { source, dom, clock, limits } = this.#request;
    try {
      this.#registration = await within(clock, limits.controlMs, 'events', async (signal) => {
        const link = await source.control(signal);
        return link.onJobCompleted(dom, (stats) => {
          this.#told.resolve(stats);
        });
      });
    } catch {
      this.#registration = undefined;
    }
  }

  /** `undefined` when no figure could be had. Never rejects. */
  async downtimeMs(): Promise<number | undefined> {
    const fromSource = this.#registration === undefined ? undefined : await this.#awaitEvent();
    return (
      (fromSource === undefined ? undefined : measuredDowntimeMs(fromSource)) ??
      (await this.#askDestination())
    );
  }

  end(): void {
    this.#registration?.end();
  }

  async #awaitEvent(): Promise<TypedParameterMap | undefined> {
    const { clock, limits } = this.#request;
    try {
      return await within(clock, limits.finalStatsMs, 'the final statistics', () => this.#told.promise);
    } catch {
      return undefined;
    }
  }

  async #askDestination(): Promise<number | undefined> {
    const { destination, dom, clock, limits } = this.#request;
    const flags = jobStatsFlags.completed | jobStatsFlags.keepCompleted;
    try {
      return await within(clock, limits.finalStatsMs, 'the final statistics', async (signal) => {
        const link = await destination.control(signal);
        const { stats } = await link.jobStats(dom, flags);
        return measuredDowntimeMs(stats);
      });
    } catch {
      return undefined;
    }
  }
}

export interface StatsRequest {
  source: MigrationHost;
  destination: MigrationHost;
  dom: DomainRef;
  clock: Clock;
  limits: MigrationLimits;
}
