import type { DomainRef } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import type { Fault } from '../fault.ts';
import type { MigrationPlan } from '../plan.ts';
import type { Stall } from '../progress/stall.ts';
import { shouldAbort } from '../state.ts';
import type { MigrationState } from '../state/migration-state.ts';
import type { MigrationProgress } from '../outcome.ts';
import type { LiveTuning } from './live-tuning.ts';
import type { MigrationLimits } from './limits.ts';
import type { MigrationHost } from './migration-link.ts';
import { PerformWatch } from './perform-watch.ts';
import { keepTimeLimit } from './time-limit.ts';

interface CopyWatchRequest {
  plan: MigrationPlan;
  source: MigrationHost;
  dom: DomainRef;
  clock: Clock;
  limits: MigrationLimits;
  tuning: LiveTuning;
  state: () => MigrationState;
  inPostCopy: () => boolean;
  progress: (progress: MigrationProgress) => void;
  /** The time that was given is over, and the run is to be cancelled where that is still possible. */
  cancel: (fault: Fault) => void;
  /** Nothing goes any more to a destination that is lost to us as well. */
  stalled: (fault: Fault) => void;
  /** The call for the memory will not answer any more. */
  giveUp: () => void;
}

/** Begins to follow the call for the memory, and minds what stands still and what takes too long. */
export function watchCopy(request: CopyWatchRequest, copying: AbortSignal): PerformWatch {
  const { plan, source, dom, clock, limits, tuning, state, inPostCopy, progress, cancel, giveUp } = request;
  const watch = new PerformWatch({
    ...{ source, dom, clock, limits, inPostCopy, progress, giveUp },
    shouldAbort: () => shouldAbort(state()),
    stalled: (stall) => mindStall(request, stall),
  });
  void watch.run();
  void keepTimeLimit({ plan, clock, limits, tuning, cancel }, copying);
  return watch;
}

/** The source's daemon may wait without end for one that does not answer: it opens its connection without a limit. */
function mindStall({ plan, limits, state, stalled }: CopyWatchRequest, { forMs }: Stall): void {
  const now = state();
  if (now.kind !== 'moving' || now.stop !== null || now.course.switched) return;
  if (!now.destinationLost || forMs < limits.lostPeerMs) return;
  const { source, destination } = plan;
  stalled({
    code: 'engine.peer-silent',
    side: 'destination',
    phase: 'perform',
    message: `${destination.name} has not answered for a while, and nothing goes to it from ${source.name}.`,
    remedy: `Look whether libvirt on ${destination.name} runs and answers, then move the guest again.`,
  });
}
