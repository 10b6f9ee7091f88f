import type { Control } from './control.ts';
import type { PlanOptions } from './plan.ts';
import type { PeerLogin } from './preflight/peer/peer-login.ts';

/** Whether the migration has to be peer-to-peer: it was asked for, or the mode knows no other. */
export function needsPeer({ control, mode }: Pick<PlanOptions, 'control' | 'mode'>): boolean {
  return control === 'p2p' || (control === 'auto' && mode === 'tunnelled');
}

/** Who is to drive. The choice falls on the source's daemon only where its login was tried and worked. */
export function chooseControl(
  options: Pick<PlanOptions, 'control' | 'mode'>,
  login: PeerLogin | undefined,
): Control {
  if (needsPeer(options)) return 'p2p';
  return options.control === 'auto' && login?.trial.kind === 'in' ? 'p2p' : 'managed';
}
