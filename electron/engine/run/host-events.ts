import { messageOf } from '../../common/errors.ts';
import { lifecycleDetails } from '../../libvirt/index.ts';
import type { DomainRef } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import type { MigrationPlan } from '../plan.ts';
import type { ActsOfOthers } from './acts-of-others.ts';
import { FinalStats } from './final-stats.ts';
import { startsByUs } from './flags.ts';
import type { MigrationLimits } from './limits.ts';
import type { MigrationHost, Registration } from './migration-link.ts';
import { PauseWatch } from './pause-watch.ts';
import type { EngineLogger } from './run-report.ts';

interface HostEventsRequest {
  plan: MigrationPlan;
  source: MigrationHost;
  destination: MigrationHost;
  clock: Clock;
  limits: MigrationLimits;
  logger: EngineLogger | undefined;
  acts: ActsOfOthers;
  /** Called once, when the guest's processors were first set going on the destination. */
  ran: () => void;
}

/** What both daemons tell of the guest unasked, over the control connections, while a run lasts. */
export class HostEvents {
  readonly #request: HostEventsRequest;
  readonly #registrations: Registration[] = [];
  readonly #pause: PauseWatch;
  #finalStats: FinalStats | undefined;
  #destinationHasRun = false;
  #ranInPostCopy = false;

  constructor(request: HostEventsRequest) {
    this.#request = request;
    this.#pause = new PauseWatch(request.clock);
  }

  get destinationHasRun(): boolean {
    return this.#destinationHasRun;
  }

  get ranInPostCopy(): boolean {
    return this.#ranInPostCopy;
  }

  /** Never rejects: what is not told is asked for, or shows in how it ends. */
  async listen(dom: DomainRef, signal: AbortSignal): Promise<void> {
    const { source, destination, clock, limits } = this.#request;
    this.#finalStats = new FinalStats({ source, destination, dom, clock, limits });
    await this.#finalStats.listen();
    await this.#listenToDestination(dom, signal);
    await this.#listenForOthers(dom, signal);
  }

  /** Without this evidence the guest's state alone has to tell. */
  async #listenToDestination(dom: DomainRef, signal: AbortSignal): Promise<void> {
    const { destination, acts, ran, logger } = this.#request;
    try {
      const link = await destination.control(signal);
      const arriving = { ...dom, id: -1 };
      const registration = await link.onResumed(arriving, (detail) => {
        if (!this.#destinationHasRun) ran();
        this.#destinationHasRun = true;
        this.#ranInPostCopy ||= detail === lifecycleDetails.resumed.postcopy;
      });
      this.#registrations.push(registration, await acts.listenToDestination(link, arriving));
    } catch (error) {
      logger?.warn({ reason: messageOf(error) }, 'no events from the destination');
    }
  }

  /** Without it, what others do shows only in how it ends. */
  async #listenForOthers(dom: DomainRef, signal: AbortSignal): Promise<void> {
    const { source, acts, logger } = this.#request;
    try {
      const link = await source.control(signal);
      this.#registrations.push(...(await acts.listen(link, dom)));
      this.#registrations.push(await this.#pause.listen(link, dom));
    } catch (error) {
      logger?.warn({ reason: messageOf(error) }, 'no events from the source');
    }
  }

  /** This program has set the guest going on the destination. */
  guestGoesOn(): void {
    this.#pause.goesOn();
  }

  /** How long the guest stood still; `undefined` where no figure could be had. Never rejects. */
  async downtimeMs(): Promise<number | undefined> {
    const { plan } = this.#request;
    if (plan.options.offline) return undefined;
    return startsByUs(plan) ? this.#pause.downtimeMs : this.#finalStats?.downtimeMs();
  }

  end(): void {
    for (const registration of this.#registrations) registration.end();
    this.#finalStats?.end();
  }
}
