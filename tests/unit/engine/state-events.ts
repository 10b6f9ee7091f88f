import type { Fault } from '../../../electron/engine/fault.ts';
import { nextState } from '../../../electron/engine/state.ts';
import type { MigrationEvent } from '../../../electron/engine/state/migration-event.ts';
import { initialState } from '../../../electron/engine/state/migration-state.ts';
import type { MigrationState } from '../../../electron/engine/state/migration-state.ts';
import type { HostTruth, Truth } from '../../../electron/engine/state/truth.ts';

export const fault: Fault = {
  code: 'test',
  side: 'source',
  phase: 'perform',
  message: 'It broke.',
  remedy: 'Mend it.',
  cause: 'It was old.',
  hop: 'source to destination, memory',
};
export const start = initialState({ control: 'managed', changeProtection: true, undefineSource: true });
export const peerStart = initialState({ control: 'p2p', changeProtection: true, undefineSource: true });

export const present = (state: number, reason: number, persistent = true): HostTruth => ({
  ...{ kind: 'present', state, reason, persistent },
});
export const absent: HostTruth = { kind: 'absent' };
export const unreachable: HostTruth = { kind: 'unreachable', message: 'no route' };
export const truths = {
  running: present(1, 1),
  /** After a migration that came to nothing. */
  resumed: present(1, 6),
  arrived: present(1, 2),
  held: present(3, 2),
  paused: present(3, 1),
  off: present(5, 6),
  postCopyFailed: present(3, 13),
  serving: present(3, 12),
  fetching: present(1, 10),
  broken: present(1, 11),
  absent,
  unreachable,
};
export type TruthName = keyof typeof truths;

export const truth = (source: TruthName, destination: TruthName, destinationHasRun = false): Truth => ({
  source: truths[source],
  destination: truths[destination],
  destinationHasRun,
});

export function replay(events: readonly MigrationEvent[], from: MigrationState = start): MigrationState {
  return events.reduce(nextState, from);
}

/** A call made and answered. */
export function ok(...calls: ('begin' | 'prepare' | 'perform' | 'finish' | 'confirm')[]): MigrationEvent[] {
  return calls.flatMap((call): MigrationEvent[] => [
    { type: 'calling', call },
    call === 'begin' ? { type: 'replied', call, guestWasPaused: false } : { type: 'replied', call },
  ]);
}

export const calling = (call: Extract<MigrationEvent, { type: 'calling' }>['call']): MigrationEvent => ({
  type: 'calling',
  call,
});
export const failed = (call: Extract<MigrationEvent, { type: 'calling' }>['call']): MigrationEvent => ({
  type: 'failed',
  call,
  fault,
});
export const lost = (side: 'source' | 'destination'): MigrationEvent => ({ type: 'lost', side, fault });
