import type { SudoPrompts } from '../common/host/sudo-prompts.ts';

/** What a piece of work is run with. */
export interface Work {
  readonly signal: AbortSignal;
  readonly prompts: SudoPrompts;
  /** Tells what is done now, one sentence. */
  readonly tell: (sentence: string) => void;
}
