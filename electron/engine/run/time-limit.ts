import type { Clock } from '../clock.ts';
import type { Fault } from '../fault.ts';
import type { MigrationPlan, TimeoutAction } from '../plan.ts';
import type { LiveTuning } from './live-tuning.ts';
import type { MigrationLimits } from './limits.ts';

export interface TimeLimitRequest {
  plan: MigrationPlan;
  clock: Clock;
  limits: MigrationLimits;
  tuning: LiveTuning;
  cancel: (fault: Fault) => void;
}

/**
 * Does what the plan says once the copy has taken its time; `signal` ends the wait with the copy.
 *
 * A daemon takes neither order before QEMU has begun with the memory, so one that was refused is given again.
 */
export async function keepTimeLimit(
  { plan, clock, limits, tuning, cancel }: TimeLimitRequest,
  signal: AbortSignal,
): Promise<void> {
  const { timeoutS, onTimeout = 'cancel' } = plan.options;
  if (timeoutS === undefined) return;
  await clock.sleep(timeoutS * 1000, signal);
  while (!signal.aborted) {
    if (await isDone(onTimeout)) return;
    await clock.sleep(limits.pollEveryMs, signal);
  }

  async function isDone(action: TimeoutAction): Promise<boolean> {
    switch (action) {
      case 'cancel':
        cancel(timeIsOver(plan, timeoutS));
        return true;
      case 'suspend':
        return (await tuning.suspend()).accepted;
      case 'post-copy':
        return (await tuning.switchToPostCopy('timeout')).accepted;
    }
  }
}

function timeIsOver({ guest }: MigrationPlan, timeoutS = 0): Fault {
  return {
    code: 'engine.timeout',
    side: 'client',
    phase: 'perform',
    message: `${guest.name} had not moved within ${timeoutS} s, so its migration was cancelled.`,
    remedy:
      'Give it more time (--timeout), a longer pause (--max-downtime), or another way out (--on-timeout suspend or post-copy).',
  };
}
