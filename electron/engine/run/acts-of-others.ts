import { lifecycleDetails, lifecycleEvents } from '../../libvirt/index.ts';
import type { DomainRef } from '../../libvirt/index.ts';
import type { MigrationProgress } from '../outcome.ts';
import type { MigrationPlan } from '../plan.ts';
import type { ControlLink, Registration } from './migration-link.ts';

interface ActsRequest {
  plan: MigrationPlan;
  isCopying: () => boolean;
  /** Whether this program has ended or removed the guest on that host itself, which looks the same. */
  isOfOurs: (side: 'source' | 'destination') => boolean;
  /** Whether it is to stand still on the source while much is left: paused by this program, or gone on in post-copy. */
  mayStandStill: () => boolean;
  /** The pause that is allowed at switchover, as it is set now. */
  maxDowntimeMs: () => number;
  tell: (sentence: string) => void;
}

/**
 * Follows a guest while it is copied, and tells what happens to it that is no part of a move. What ends it may be heard
 * of after the daemon's answer to the call that it broke.
 */
export class ActsOfOthers {
  readonly #request: ActsRequest;
  readonly #sentences: string[] = [];
  #isSwitchingOver = false;
  #samplesOfPause: number | undefined;
  #highestBps = 0;
  #isCopyEnded = false;
  #hasDestinationAnswered = false;

  constructor(request: ActsRequest) {
    this.#request = request;
  }

  /** All that was told, oldest first. */
  get sentences(): readonly string[] {
    return this.#sentences;
  }

  /** Rejects where the daemon sends no events. */
  async listen(link: ControlLink, dom: DomainRef): Promise<Registration[]> {
    const lifecycle = await link.onLifecycle(dom, (event, detail) => {
      if (isSwitchOver(event, detail)) {
        this.#isSwitchingOver = true;
        this.#samplesOfPause ??= 0;
      }
      if (event === lifecycleEvents.resumed) {
        this.#isSwitchingOver = false;
        this.#samplesOfPause = undefined;
      }
      const act = actOfOthers(event, detail);
      if (act !== undefined) this.#mind(act);
    });
    return [lifecycle, await link.onRestarted(dom, () => this.#mind('restarted'))];
  }

  /** As `listen`, on the destination. */
  listenToDestination(link: ControlLink, dom: DomainRef): Promise<Registration> {
    return link.onLifecycle(dom, (event, detail) => {
      if (event === lifecycleEvents.stopped && detail === stopped.destroyed) this.#copyEnded();
    });
  }

  /**
   * The destination has answered the cancelling Finish over the run's own connection. Without that its daemon may itself
   * have ended the copy, which hangs on that connection and is then said to be destroyed as well (auto-destroy).
   */
  destinationAnswered(): void {
    this.#hasDestinationAnswered = true;
    if (this.#isCopyEnded) this.#mind('copy ended');
  }

  /** Heard of before or after that answer, which goes another way. */
  #copyEnded(): void {
    this.#isCopyEnded = true;
    if (this.#hasDestinationAnswered) this.#mind('copy ended');
  }

  /**
   * What tells a guest that somebody paused from one that is handed over, which the daemon calls both migrated
   * (qemu_process.c, qemuProcessHandleStop): QEMU stops a guest itself only when what remains can be sent within the
   * pause that is allowed (migration_iteration_run), and what remains of one that stands still only gets less.
   */
  sampled({ memory, disk }: Pick<MigrationProgress, 'memory' | 'disk'>): void {
    const { mayStandStill, maxDowntimeMs } = this.#request;
    this.#highestBps = Math.max(this.#highestBps, memory.bandwidthBps + disk.bandwidthBps);
    if (this.#samplesOfPause === undefined || mayStandStill()) return;
    this.#samplesOfPause += 1;
    // The first may have been on its way when the guest stopped. Twice as much, as QEMU's estimate of the speed is its own.
    const atSwitchOver = (2 * this.#highestBps * maxDowntimeMs()) / 1000;
    if (this.#samplesOfPause !== 2 || memory.remainingBytes + disk.remainingBytes <= atSwitchOver) return;
    this.#mind('paused');
    this.#isSwitchingOver = false;
  }

  #mind(act: ActOfOthers): void {
    const { isCopying, isOfOurs, plan, tell } = this.#request;
    if (isOfOurs(act === 'copy ended' ? 'destination' : 'source')) return;
    if (!isCopying() && !ends.includes(act)) return;
    if (act === 'undefined' && this.#isSwitchingOver) return;
    const sentence = describeAct(act, plan);
    this.#sentences.push(sentence);
    tell(sentence);
  }
}

/** What happened to a guest while it was being moved, on its source if nothing else is said, and is no part of a move. */
type ActOfOthers = 'paused' | 'copy ended' | 'ended' | 'shut down' | 'crashed' | 'undefined' | 'restarted';

/** What breaks the copy, and may be heard of after it. The rest a daemon may do by itself once all is copied. */
const ends: readonly ActOfOthers[] = ['copy ended', 'ended', 'shut down', 'crashed'];

const { suspended, stopped, undefined: removed } = lifecycleDetails;
/** A migration stops a guest with details of its own. */
const acts: readonly [event: number, detail: number, act: ActOfOthers][] = [
  [lifecycleEvents.stopped, stopped.destroyed, 'ended'],
  [lifecycleEvents.stopped, stopped.shutdown, 'shut down'],
  [lifecycleEvents.stopped, stopped.crashed, 'crashed'],
  [lifecycleEvents.undefined, removed.removed, 'undefined'],
];

function actOfOthers(event: number, detail: number): ActOfOthers | undefined {
  return acts.find((known) => known[0] === event && known[1] === detail)?.[2];
}

/** The hosts may switch over: from here on the source's daemon itself removes the definition. */
function isSwitchOver(event: number, detail: number): boolean {
  const details: readonly number[] = [suspended.migrated, suspended.postcopy];
  return event === lifecycleEvents.suspended && details.includes(detail);
}

/** One sentence. */
function describeAct(act: ActOfOthers, { guest, source, destination }: MigrationPlan): string {
  const [who, from] = [guest.name, source.name];
  switch (act) {
    case 'paused':
      return `Somebody paused ${who} on ${from} while it is being moved, as "virsh suspend" does; it runs again once it has moved.`;
    case 'copy ended':
      return `Somebody ended the copy of ${who} that was arriving on ${destination.name}, as "virsh destroy" does.`;
    case 'ended':
      return `Somebody ended ${who} on ${from} while it was being moved, as "virsh destroy" does.`;
    case 'shut down':
      return `${who} shut down on ${from} while it was being moved.`;
    case 'crashed':
      return `${who} crashed on ${from} while it was being moved.`;
    case 'undefined':
      return `Somebody removed the definition of ${who} on ${from} while it moves.`;
    case 'restarted':
      return `${who} was restarted on ${from} while it moves, by somebody or by itself.`;
  }
}
