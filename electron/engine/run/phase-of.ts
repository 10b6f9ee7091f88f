import type { Phase } from '../outcome.ts';
import type { Call } from '../state/migration-event.ts';

/** The phase that a call belongs to, for telling where a run broke off. */
export function phaseOf(call: Call | undefined): Phase {
  switch (call) {
    case undefined:
    case 'begin':
      return 'begin';
    case 'move':
      return 'perform';
    case 'prepare':
    case 'perform':
    case 'finish':
    case 'confirm':
      return call;
    case 'finish-cancelled':
      return 'finish';
    case 'confirm-cancelled':
    case 'abort-source':
    case 'destroy-source':
    case 'undefine-source':
    case 'resume-source':
    case 'destroy-destination':
    case 'destroy-waiting':
    case 'undefine-destination':
    case 'resume-destination':
      return 'confirm';
  }
}
