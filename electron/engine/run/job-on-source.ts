import { errorCodes, jobTypes } from '../../libvirt/index.ts';
import type { DomainRef } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import type { MigrationLimits } from './limits.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { Truth } from '../state/truth.ts';
import { DaemonError } from './migration-link.ts';
import type { MigrationHost } from './migration-link.ts';
import { within } from './within.ts';

/** `maybe`: it cannot be asked, or a call that was on its way may still begin the job. */
export type JobSighting = 'active' | 'maybe' | 'over';

/** Whether no reply to the call for the memory can come, so that only the source's daemon knows of the job. */
export function isJobInDoubt(state: MigrationState): boolean {
  if (state.kind === 'moving') return true;
  if (state.kind !== 'looking' || state.calls.perform !== 'unknown') return false;
  return isBegunByDaemon(state) || state.calls.finish === 'not made';
}

/** In a managed run no call can begin the job any more, once its connection is lost. */
function isBegunByDaemon(state: MigrationState): boolean {
  return state.kind === 'moving' || (state.kind === 'looking' && state.course.control === 'p2p');
}

/** Whether a job that is under way is waited for, however long it takes: unless it was told to end. */
export function isFollowed(state: MigrationState): boolean {
  return state.kind === 'moving' && state.stop === null;
}

/** As part of what was seen. */
export function atWork(state: MigrationState, job: JobSighting | undefined): Pick<Truth, 'atWork'> {
  if (job === undefined) return {};
  return { atWork: isBegunByDaemon(state) ? job !== 'over' : job === 'active' };
}

/** Asks the source's daemon whether it still moves the guest, after the call that told it to was left without a reply. */
export class JobOnSource {
  readonly #source: MigrationHost;
  readonly #dom: DomainRef;
  readonly #clock: Clock;
  readonly #limits: MigrationLimits;
  #noneSinceMs: number | undefined;

  constructor(source: MigrationHost, dom: DomainRef, clock: Clock, limits: MigrationLimits) {
    this.#source = source;
    this.#dom = dom;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Never rejects. */
  async look(): Promise<JobSighting> {
    try {
      if (await this.#hasJob()) {
        this.#noneSinceMs = undefined;
        return 'active';
      }
    } catch {
      return 'maybe';
    }
    const nowMs = this.#clock.nowMs();
    this.#noneSinceMs ??= nowMs;
    return nowMs - this.#noneSinceMs >= this.#limits.settleMs ? 'over' : 'maybe';
  }

  #hasJob(): Promise<boolean> {
    return within(this.#clock, this.#limits.controlMs, 'the job on the source', async (signal) => {
      const link = await this.#source.control(signal);
      try {
        const { type } = await link.jobStats(this.#dom, 0);
        return type !== jobTypes.none;
      } catch (error) {
        // A guest that has left, or was shut off, has no job.
        if (error instanceof DaemonError && gone.includes(error.errorCode)) return false;
        throw error;
      }
    });
  }
}

const gone: readonly number[] = [errorCodes.noDomain, errorCodes.operationInvalid];
