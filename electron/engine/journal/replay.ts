import { ViaductError } from '../../common/errors.ts';
import { definesDestination, startsByUs } from '../run/flags.ts';
import { nextState } from '../state.ts';
import type { Fault } from '../fault.ts';
import { hasLeftover, initialState, isEnd } from '../state/migration-state.ts';
import type { EndState, MigrationState } from '../state/migration-state.ts';
import type { MadeStorage } from '../storage/made-storage.ts';
import type { JournalEntry } from './journal-entry.ts';
import type { JournalHeader } from './journal-header.ts';

/** What a journal amounts to. */
export interface Replayed {
  state: MigrationState;
  /** The last state in which something was still to be done. */
  open: Exclude<MigrationState, EndState>;
  /** On the destination, by this run, and not taken away again. */
  storage: MadeStorage[];
  /** On the source, with the one-time identity of this run. */
  identityFolder: string | undefined;
  destinationHasRun: boolean;
  receiptIds: string[];
  /** Nothing is left to do. */
  hasEnded: boolean;
}

export function replayStart({ plan }: Pick<JournalHeader, 'plan'>): Replayed {
  const { control, options } = plan;
  const fixed = { startsByUs: startsByUs(plan), definesDestination: definesDestination(plan) };
  const course = { control, offline: options.offline, ...fixed };
  const start = initialState({ ...course, changeProtection: false, undefineSource: false });
  return {
    state: start,
    open: start,
    storage: [],
    identityFolder: undefined,
    destinationHasRun: false,
    receiptIds: [],
    hasEnded: false,
  };
}

/** Pure. @throws {ViaductError} for an entry that cannot follow. */
export function replayNext(replayed: Replayed, entry: JournalEntry): Replayed {
  if (replayed.hasEnded) throw impossible(entry);
  switch (entry.type) {
    case 'opened': {
      if (replayed.state.kind !== 'planned') throw impossible(entry);
      const { changeProtection, undefineSource, guestWasPaused, definedBefore } = entry;
      const { control, offline, definesDestination, startsByUs } = replayed.open.course;
      const fixed = { control, offline, definesDestination, startsByUs: startsByUs && !guestWasPaused };
      const course = { ...fixed, changeProtection, undefineSource, definedBefore };
      // In a managed run Begin's reply tells whether the guest is paused.
      return withState(replayed, initialState(control === 'p2p' ? { ...course, guestWasPaused } : course));
    }
    case 'event':
      return withState(replayed, nextState(replayed.state, entry.event));
    case 'taken-up':
      return withState(replayed, takenUp(replayed, entry.fault));
    case 'ran':
      return { ...replayed, destinationHasRun: true };
    case 'storage':
      return { ...replayed, storage: [...without(replayed.storage, entry.item), entry.item] };
    case 'storage-gone':
      return { ...replayed, storage: without(replayed.storage, entry) };
    case 'identity':
      return { ...replayed, identityFolder: entry.folder };
    case 'identity-gone':
      return { ...replayed, identityFolder: undefined };
    case 'receipt':
      return { ...replayed, receiptIds: [...replayed.receiptIds, entry.id] };
    case 'ended':
      return { ...replayed, hasEnded: true };
  }
}

/**
 * The state to go on from in another process. An end stands, success above all, but for one that was left to a person
 * or left something behind: that one is looked at again.
 */
export function takenUp({ state, open }: Replayed, fault: Fault): MigrationState {
  if (isEnd(state) && state.kind !== 'stuck' && !hasLeftover(state)) return state;
  return nextState(open, { type: 'interrupted', fault });
}

function impossible({ type }: JournalEntry): ViaductError {
  return new ViaductError('engine.impossible-entry', `"${type}" cannot follow here.`);
}

function withState(replayed: Replayed, state: MigrationState): Replayed {
  return { ...replayed, state, open: isEnd(state) ? replayed.open : state };
}

function without(
  storage: readonly MadeStorage[],
  { kind, name, path }: Pick<MadeStorage, 'kind' | 'name' | 'path'>,
): MadeStorage[] {
  return storage.filter((item) => item.kind !== kind || item.name !== name || item.path !== path);
}
