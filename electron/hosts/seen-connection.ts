import type { AgreedCipher } from '../common/agreed-cipher.ts';
import type { LinkSecurity } from '../ssh/link.ts';
import { sshIdentity, type HostIdentity } from './host-identity.ts';

/** What was seen of a connection to a host as it was made. */
export interface SeenConnection {
  /** The name or address that was connected to, after the user's ssh configuration. */
  address: string;
  port: number;
  identity: HostIdentity;
  /** As whom this machine came: the SSH login, or the subject of its certificate; `undefined` where it showed none. */
  login: string | undefined;
  cipher: AgreedCipher;
}

/** @param address the host that answered */
export function sshConnection(address: string, security: LinkSecurity): SeenConnection {
  const { port, user, cipher } = security;
  return {
    address,
    port,
    identity: sshIdentity(security),
    login: user,
    // The only version that ssh2 speaks.
    cipher: { protocol: 'SSH 2.0', suite: cipher },
  };
}
