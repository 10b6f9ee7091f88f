import type { Clock } from '../clock.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { HostTruth } from '../state/truth.ts';
import type { MigrationLimits } from './limits.ts';

/**
 * A daemon that was held up answers questions first and then takes up calls that had reached it, also those of a
 * connection that is gone: so a destination that has nothing yet may be about to prepare the guest.
 */
export class LatePrepare {
  readonly #clock: Clock;
  readonly #limits: MigrationLimits;
  #nothingSinceMs: number | undefined;

  constructor(clock: Clock, limits: MigrationLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** @returns what the destination showed, or that nothing is known of it as long as that may still change */
  settled(state: MigrationState, shown: HostTruth): HostTruth {
    if (!isPrepareInDoubt(state) || shown.kind !== 'absent') {
      this.#nothingSinceMs = undefined;
      return shown;
    }
    const nowMs = this.#clock.nowMs();
    this.#nothingSinceMs ??= nowMs;
    if (nowMs - this.#nothingSinceMs >= this.#limits.settleMs) return shown;
    return { kind: 'unreachable', message: 'it may be about to prepare the guest' };
  }
}

/** In peer-to-peer the source's daemon made the call, and is asked itself whether it is done. */
function isPrepareInDoubt(state: MigrationState): boolean {
  return state.kind === 'looking' && state.course.control === 'managed' && state.calls.prepare === 'unknown';
}
