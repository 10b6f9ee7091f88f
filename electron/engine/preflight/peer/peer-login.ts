import type { PlannedIdentity } from '../../../common/host/one-time-identity.ts';
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
  /** Where the source's daemon is to use a certificate for this migration alone, which is not there yet. */
  oneTime: PlannedIdentity | undefined;
  trial:
    | LoginTrial
    /** Reached, and its certificate is in order; the login itself is tried once the identity is there. */
    | { kind: 'awaits-identity' }
    /** A one-time identity cannot be put on the source. */
    | { kind: 'no-shell' }
    | { kind: 'unsupported'; said: string }
    | { kind: 'leads-back'; to: string };
}
