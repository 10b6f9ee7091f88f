import type { DaemonDoor } from './daemon-door.ts';
import type { LoginTrial } from './login-trial.ts';
import type { PeerAddress } from './peer-address.ts';

/** How the source's daemon gets into the destination's, which it does with credentials of its own. */
export interface PeerLogin {
  address: PeerAddress;
  /** The name in the source's client certificate, as lists of allowed names have it; `undefined` where not known. */
  identity: string | undefined;
  /** By what the destination decides; `undefined` where its configuration cannot be read. */
  door: DaemonDoor | undefined;
  trial: LoginTrial | { kind: 'unsupported'; said: string } | { kind: 'leads-back'; to: string };
}
