import type { Control } from './control.ts';
import type { PlanOptions } from './plan.ts';
import type { PeerLogin } from './preflight/peer/peer-login.ts';

type Choices = Pick<PlanOptions, 'control' | 'mode' | 'postCopy'>;

/**
 * Whether only the source's daemon can drive it. A tunnel runs inside the daemons' own connection. A guest that is switched
 * to post-copy would, in a managed run, hang on our connection until Finish is called, and be lost with it (libvirt's
 * auto-destroy of an incoming guest). A relay, which only we can drive, knows neither.
 */
export function isOfDaemons({ mode, postCopy }: Pick<PlanOptions, 'mode' | 'postCopy'>): boolean {
  return mode === 'tunnelled' || (postCopy && mode !== 'ssh-relay');
}

/** Whether the migration has to be peer-to-peer: it was asked for, or what was chosen knows no other. */
export function needsPeer(options: Choices): boolean {
  return options.control === 'p2p' || (options.control === 'auto' && isOfDaemons(options));
}

/** Who is to drive. The choice falls on the source's daemon only where its login was tried and worked. */
export function chooseControl(options: Choices, login: PeerLogin | undefined): Control {
  if (needsPeer(options)) return 'p2p';
  return options.control === 'auto' && login?.trial.kind === 'in' ? 'p2p' : 'managed';
}
