import { lifecycleDetails, lifecycleEvents } from '../../libvirt/index.ts';
import type { DomainRef } from '../../libvirt/index.ts';
import type { MigrationPlan } from '../plan.ts';
import type { ControlLink, Registration } from './migration-link.ts';

/** Follows a guest on its source while it is copied, and tells what happens to it that is no part of a move. */
export class ActsOfOthers {
  readonly #plan: MigrationPlan;
  readonly #isCopying: () => boolean;
  readonly #tell: (sentence: string) => void;
  readonly #sentences: string[] = [];
  #isSwitchingOver = false;

  constructor(plan: MigrationPlan, isCopying: () => boolean, tell: (sentence: string) => void) {
    this.#plan = plan;
    this.#isCopying = isCopying;
    this.#tell = tell;
  }

  /** All that was told, oldest first. */
  get sentences(): readonly string[] {
    return this.#sentences;
  }

  /** Rejects where the daemon sends no events. */
  async listen(link: ControlLink, dom: DomainRef): Promise<Registration[]> {
    const lifecycle = await link.onLifecycle(dom, (event, detail) => {
      this.#isSwitchingOver ||= isSwitchOver(event, detail);
      const act = actOfOthers(event, detail);
      if (act !== undefined) this.#mind(act);
    });
    return [lifecycle, await link.onRestarted(dom, () => this.#mind('restarted'))];
  }

  #mind(act: ActOfOthers): void {
    if (!this.#isCopying() || (act === 'undefined' && this.#isSwitchingOver)) return;
    const sentence = describeAct(act, this.#plan);
    this.#sentences.push(sentence);
    this.#tell(sentence);
  }
}

/** What happened to a guest on its source while it was being moved, and is no part of a move. */
type ActOfOthers = 'ended' | 'shut down' | 'crashed' | 'undefined' | 'restarted';

const { suspended, stopped, undefined: removed } = lifecycleDetails;
/**
 * A migration stops a guest with details of its own. One that is paused by somebody is not told from one that is handed
 * over: the daemon calls both migrated (qemu_process.c, qemuProcessHandleStop).
 */
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
function describeAct(act: ActOfOthers, { guest, source }: MigrationPlan): string {
  const [who, from] = [guest.name, source.name];
  switch (act) {
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
