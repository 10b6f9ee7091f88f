import { lifecycleDetails, lifecycleEvents } from '../../libvirt/index.ts';
import type { DomainRef } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import type { ControlLink, Registration } from './migration-link.ts';

/**
 * How long a guest stood still that its destination leaves paused. libvirt's own figure ends with Finish, which is before
 * the source's daemon has let go of it and this program has set it going.
 */
export class PauseWatch {
  readonly #clock: Clock;
  #stoppedAtMs: number | undefined;
  #goesOnAtMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Rejects where the source's daemon sends no events. */
  listen(source: ControlLink, dom: DomainRef): Promise<Registration> {
    return source.onLifecycle(dom, (event, detail) => {
      if (event === lifecycleEvents.suspended && detail === lifecycleDetails.suspended.migrated)
        this.#stoppedAtMs = this.#clock.nowMs();
    });
  }

  goesOn(): void {
    this.#goesOnAtMs = this.#clock.nowMs();
  }

  /** As seen from here, with the way of both messages; `undefined` where one of them was not seen. */
  get downtimeMs(): number | undefined {
    if (this.#stoppedAtMs === undefined || this.#goesOnAtMs === undefined) return undefined;
    return Math.round(this.#goesOnAtMs - this.#stoppedAtMs);
  }
}
