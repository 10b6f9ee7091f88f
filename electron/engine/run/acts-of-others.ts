import { lifecycleDetails, lifecycleEvents } from '../../libvirt/index.ts';
import type { MigrationPlan } from '../plan.ts';

/** What happened to a guest on its source while it was being moved, and is no part of a move. */
export type ActOfOthers = 'ended' | 'shut down' | 'crashed' | 'undefined' | 'restarted';

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

export function actOfOthers(event: number, detail: number): ActOfOthers | undefined {
  return acts.find((known) => known[0] === event && known[1] === detail)?.[2];
}

/** The hosts may switch over: from here on the source's daemon itself removes the definition. */
export function isSwitchOver(event: number, detail: number): boolean {
  const details: readonly number[] = [suspended.migrated, suspended.postcopy];
  return event === lifecycleEvents.suspended && details.includes(detail);
}

/** One sentence. */
export function describeAct(act: ActOfOthers, { guest, source }: MigrationPlan): string {
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
