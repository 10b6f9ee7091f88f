import type { HostShell } from '../common/host/host-shell.ts';
import type { LibvirtClient } from '../libvirt/index.ts';

/** A host as its setup needs it. */
export interface SetupHost {
  readonly name: string;
  readonly connectUri: string;
  /** A connection of the caller's own, closed by the caller: it also proves that the daemon can be reached. */
  connect(signal?: AbortSignal): Promise<LibvirtClient>;
  /** `undefined` where the transport reaches the daemon only. */
  shell(signal?: AbortSignal): Promise<HostShell | undefined>;
}
