import type { Side } from '../common/errors.ts';
import type { Hop } from './hop.ts';
import type { Phase } from './outcome.ts';

/** Why a migration did not go on, as plain data: it goes into the journal and to the admin alike. */
export interface Fault {
  code: string;
  side: Side;
  phase: Phase;
  /** What was said, in the words of whoever said it. */
  message: string;
  remedy: string;
  /** What it means, in a sentence, and where; absent where that is not known. */
  cause?: string;
  hop?: Hop;
}

/** What made the run turn back. The first reason is the one that is told. */
export type StopReason = { kind: 'cancel'; fault: Fault | null } | { kind: 'failure'; fault: Fault };
