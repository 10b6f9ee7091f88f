import type { ForwardCall, PeerCall } from './migration-event.ts';
import type { DueKind, DueState, InFlightKind, InFlightState, MigrationState } from './migration-state.ts';

const callOfDue = {
  planned: 'begin',
  begun: 'prepare',
  prepared: 'perform',
  performed: 'finish',
  finished: 'confirm',
} as const satisfies Record<DueKind, ForwardCall>;

/** The call that is due. */
export function dueCall({ kind, course }: DueState): ForwardCall | PeerCall {
  if (kind === 'planned' && course.control === 'p2p') return 'move';
  if (kind === 'prepared' && course.offline) return 'finish';
  return callOfDue[kind];
}

export const callOfInFlight = {
  beginning: 'begin',
  preparing: 'prepare',
  performing: 'perform',
  finishing: 'finish',
  confirming: 'confirm',
} as const satisfies Record<InFlightKind, ForwardCall>;

export const inFlightOf = {
  begin: 'beginning',
  prepare: 'preparing',
  perform: 'performing',
  finish: 'finishing',
  confirm: 'confirming',
} as const satisfies Record<ForwardCall, InFlightKind>;

export const doneOf = {
  begin: 'begun',
  prepare: 'prepared',
  perform: 'performed',
  finish: 'finished',
} as const satisfies Record<Exclude<ForwardCall, 'confirm'>, DueKind>;

export function isDue(state: MigrationState): state is DueState {
  return Object.hasOwn(callOfDue, state.kind);
}

export function isInFlight(state: MigrationState): state is InFlightState {
  return Object.hasOwn(callOfInFlight, state.kind);
}
