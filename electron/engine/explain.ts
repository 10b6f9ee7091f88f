import { messageOf, ViaductError } from '../common/errors.ts';
import type { Side } from '../common/errors.ts';
import { DaemonError } from './run/migration-link.ts';
import type { Fault } from './fault.ts';
import { knownFailures } from './known-failures/all-known-failures.ts';
import type { KnownFailure } from './known-failures/known-failure.ts';
import type { Phase } from './outcome.ts';

const unansweredRemedy =
  'Check the network to that host and that its libvirt daemon runs, then look where the guest is.';
const generalRemedy = 'Look into the daemon’s log and the guest’s log on both hosts.';

/** What to tell of anything thrown during a phase. The original text is kept in the message. */
export function explain(error: unknown, side: Side, phase: Phase): Fault {
  const message = messageOf(error);
  if (error instanceof DaemonError) {
    const known = knownFailures.find((failure) => fits(failure, error));
    return {
      code: known === undefined ? error.code : `migration.${known.code}`,
      side,
      phase,
      message,
      remedy: known?.remedy ?? generalRemedy,
      ...(known && { cause: known.cause, ...hopOf(known, side) }),
    };
  }
  if (error instanceof ViaductError) {
    const remedy = error.remedy ?? unansweredRemedy;
    return { code: error.code, side: error.side ?? side, phase, message, remedy };
  }
  return { code: 'engine.unexpected', side, phase, message, remedy: unansweredRemedy };
}

/** Whether a fault is the daemon's word for having been told to stop. */
export function isAbort(fault: Fault): boolean {
  return fault.code === 'migration.aborted';
}

function hopOf({ hop }: KnownFailure, side: Side): Pick<Fault, 'hop'> {
  if (hop !== undefined) return { hop };
  return side === 'client' ? {} : { hop: side };
}

function fits(failure: KnownFailure, error: DaemonError): boolean {
  if (failure.errorCode !== undefined && failure.errorCode !== error.errorCode) return false;
  return failure.text?.test(error.message) ?? true;
}
