import type { Finding } from '../finding.ts';
import type { PlanOptions } from '../plan.ts';
import type { PreflightContext } from './context.ts';

/** What must have been reached before a check can say anything. */
export type Prerequisite = 'source' | 'destination' | 'guest';

/** One question of the preflight, answered from facts alone; it changes nothing. */
export interface Check {
  /** Stable; the ids of its findings are this, or begin with it. */
  id: string;
  /** What is being looked at, in words, for the list of what is still pending. */
  title: string;
  side: Finding['side'];
  needs: readonly Prerequisite[];
  /** Whether the question arises at all for this plan. Default: always. */
  applies?(options: PlanOptions): boolean;
  /** Resolves with at least one finding. A rejection is reported as `unknown` with the error's sentence. */
  run(context: PreflightContext): Promise<Finding[]>;
}

/** Through a tunnel the daemons carry the data, through a relay this machine does; offline there is none. */
export const withDataAddress = ({ mode, offline }: PlanOptions): boolean =>
  mode !== 'tunnelled' && mode !== 'ssh-relay' && !offline;

export const nativeTlsOnly = ({ mode, offline }: PlanOptions): boolean => mode === 'native-tls' && !offline;

/** What the guest takes from the destination at the moment when it arrives there, running or paused. */
export const unlessOffline = ({ offline }: PlanOptions): boolean => !offline;
