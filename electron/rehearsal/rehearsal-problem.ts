import { messageOf, ViaductError, type Side } from '../common/errors.ts';
import type { OutcomeError } from '../engine/outcome.ts';
import type { RehearsalProblem, Way } from './rehearsal-snapshot.ts';

/** Two hosts between which nothing can be rehearsed; nothing was touched. */
export class NoCommonGroundError extends ViaductError {}

/** What the work throws is about this side, unless it says so itself. */
export async function onSide<T>(side: Side, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const { code, message, remedy } = problemOf(cause);
    const at = (cause instanceof ViaductError && cause.side) || side;
    throw new ViaductError(code, message, { side: at, remedy, cause });
  }
}

export function problemOf(error: unknown): RehearsalProblem {
  const own = error instanceof ViaductError ? error : undefined;
  return {
    code: own?.code ?? 'rehearsal.unexpected',
    message: messageOf(error),
    remedy: own?.remedy ?? 'Look into the log of the libvirt daemon on that host, then rehearse again.',
    side: own?.side ?? 'client',
  };
}

/** Of a direction's end, without the phase. */
export function problemOfEnd({ code, message, remedy, side }: OutcomeError): RehearsalProblem {
  return { code, message, remedy, side };
}

/** The same, told of the whole rehearsal: on the way back its source and destination have changed places. */
export function inWhole(problem: RehearsalProblem, way: Way): RehearsalProblem {
  if (way === 'there' || problem.side === 'client') return problem;
  return { ...problem, side: problem.side === 'source' ? 'destination' : 'source' };
}
