import type { DomainRef } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import type { MigrationState } from '../state/migration-state.ts';
import { destinationHolding } from '../state/truth.ts';
import type { Truth } from '../state/truth.ts';
import { atWork, isFollowed, isJobInDoubt, JobOnSource } from './job-on-source.ts';
import { LatePrepare } from './late-prepare.ts';
import type { MigrationLimits } from './limits.ts';
import { seeBoth } from './look.ts';
import type { MigrationHost } from './migration-link.ts';

interface LookRequest {
  dom: DomainRef;
  source: MigrationHost;
  destination: MigrationHost;
  clock: Clock;
  limits: MigrationLimits;
}

/** What both hosts showed at one moment, and what is known of the source's job. */
export type Sights = Omit<Truth, 'destinationHasRun'>;

/**
 * Asks both hosts about the guest, again and again. The patience with them begins anew when both are reached for the first
 * time, and lasts while the daemons are seen at work.
 */
export class PatientLook {
  readonly #request: LookRequest;
  readonly #job: JobOnSource;
  readonly #late: LatePrepare;
  #giveUpAtMs: number | undefined;
  #hasSeenBoth = false;

  constructor(request: LookRequest) {
    const { source, dom, clock, limits } = request;
    this.#request = request;
    this.#job = new JobOnSource(source, dom, clock, limits);
    this.#late = new LatePrepare(clock, limits);
  }

  /** Never rejects: a host that does not answer is seen as unreachable. */
  async see(state: MigrationState): Promise<Sights> {
    const { source, destination, dom, clock, limits } = this.#request;
    // Before the states of the guest are: seen without a job, they are those that the job left behind.
    const job = isJobInDoubt(state) ? await this.#job.look() : undefined;
    const sights = await seeBoth({ source, destination }, dom.uuid, clock, limits);
    const reached = sights.source.kind !== 'unreachable' && sights.destination.kind !== 'unreachable';
    const isFirst = reached && !this.#hasSeenBoth;
    if (isFirst || (job === 'active' && isFollowed(state)) || wasSeenFetching(state))
      this.#giveUpAtMs = undefined;
    this.#hasSeenBoth ||= reached;
    this.#giveUpAtMs ??= clock.nowMs() + limits.patienceMs;
    return { ...sights, destination: this.#late.settled(state, sights.destination), ...atWork(state, job) };
  }

  isOverdue(): boolean {
    return this.#giveUpAtMs !== undefined && this.#request.clock.nowMs() >= this.#giveUpAtMs;
  }
}

/** The daemons are at work together, for as long as that takes. */
function wasSeenFetching(state: MigrationState): boolean {
  if (state.kind !== 'looking') return false;
  const { last, calls } = state;
  return calls.finish !== 'refused' && last !== null && destinationHolding(last) === 'fetching';
}
