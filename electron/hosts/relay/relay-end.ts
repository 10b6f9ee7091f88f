import type { ViaductError } from '../../common/errors.ts';

/** Numeric ids on the host of whoever its QEMU runs as. */
export interface SocketOwner {
  uid: number;
  gid: number;
}

/** A socket in the end's folder on the host, joined with a socket of this machine. */
export interface JoinedSocket {
  name: string;
  /** Absolute path on this machine. */
  local: string;
  /**
   * `listen`: the host's sshd listens, and each connection there becomes one to `local`, where somebody has to listen.
   * `connect`: this machine listens on `local`, and each connection to it becomes one to the socket on the host.
   */
  way: 'listen' | 'connect';
}

export interface OpenEndRequest {
  owner: SocketOwner;
  sockets(folder: string): readonly JoinedSocket[];
}

/** What is open on one host. */
export interface OpenRelayEnd {
  /** Absolute path, owned by the QEMU user with mode 0700, made for this relay alone. */
  readonly folder: string;
  /** Settles once: with what broke the session, or undefined after `close`. */
  readonly closed: Promise<ViaductError | undefined>;
  /** Ends the session and removes the folder with all that is in it. Idempotent; never rejects. */
  close(): Promise<void>;
}

/** A host's end of a relay: a private folder for sockets of its QEMU, and a session that carries what goes through them. */
export interface RelayEnd {
  /** How the host proves who it is, and whether that is checked. */
  readonly hostKeyVerified: boolean;
  /** Nothing is left on the host when it rejects. @throws ViaductError whose code begins with `relay.` */
  open(request: OpenEndRequest, signal?: AbortSignal): Promise<OpenRelayEnd>;
}
