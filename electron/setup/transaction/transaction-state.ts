import type { Digest } from '../../common/host/host-files.ts';
import type { JournalEntry, RevertReason } from './journal-entries.ts';

export type TransactionPhase = 'applying' | 'applied' | 'reverting' | 'ended';

/** Files by their paths. */
export type Digests = Readonly<Record<string, Digest>>;

/** Where a transaction is, as its entries tell. */
export interface TransactionState {
  phase: TransactionPhase;
  /** Why it is taken back, where it is. */
  why: RevertReason | undefined;
  error: string | undefined;
  /** Steps whose effect may be on the host. */
  begun: ReadonlySet<number>;
  /** The files that a step touches, as they were. */
  kept: ReadonlyMap<number, Digests>;
  /** Steps whose effect is on the host, with the files that they touched, as they are then. */
  done: ReadonlyMap<number, Digests>;
  /** Steps that are being taken back, with the files that are left alone. */
  foreign: ReadonlyMap<number, readonly string[]>;
  ranBack: ReadonlySet<number>;
  reverted: ReadonlySet<number>;
}

export const initialState: TransactionState = {
  phase: 'applying',
  why: undefined,
  error: undefined,
  begun: new Set(),
  kept: new Map(),
  done: new Map(),
  foreign: new Map(),
  ranBack: new Set(),
  reverted: new Set(),
};

/** The state after one more entry. The live run and the replay of a journal both go through it. */
export function nextState(state: TransactionState, entry: JournalEntry): TransactionState {
  switch (entry.type) {
    case 'begun':
      return { ...state, begun: new Set([...state.begun, entry.step]) };
    case 'kept':
      return { ...state, kept: new Map([...state.kept, [entry.step, entry.files]]) };
    case 'done':
      return { ...state, done: new Map([...state.done, [entry.step, entry.touched]]) };
    case 'applied':
      return { ...state, phase: 'applied' };
    case 'reverting':
      return { ...state, phase: 'reverting', why: entry.why, error: entry.error };
    case 'reverting-step':
      return { ...state, foreign: new Map([...state.foreign, [entry.step, entry.foreign]]) };
    case 'ran-back':
      return { ...state, ranBack: new Set([...state.ranBack, entry.step]) };
    case 'reverted':
      return { ...state, reverted: new Set([...state.reverted, entry.step]) };
    case 'ended':
      return { ...state, phase: 'ended' };
  }
}

/** Neither wholly done nor wholly taken back. */
export function isUnfinished({ phase }: TransactionState): boolean {
  return phase === 'applying' || phase === 'reverting';
}
