import type { StreamConnection } from './stream-connection.ts';

/** One path that the guest's data or the control of its move takes, and what protects it. */
export interface DataStream extends Protection {
  name:
    | 'control to source'
    | 'control to destination'
    | 'control between the daemons'
    | 'memory and device state'
    | 'further memory channels'
    | 'pages after the switch'
    | `disk ${string}`;
  /** The ends and the way between, as `alpha.lab to tcp://beta.lab, a port of 49152-49215`. */
  path: string;
  /** The connections that carry it, in the order of the way; absent where none is opened. */
  connections?: StreamConnection[];
}

/** What protects a path. */
export interface Protection {
  encrypted: boolean;
  authenticated: boolean;
  /** Who encrypts and who verifies whom, as `QEMU TLS; each end verifies the other's certificate`. */
  by: string;
  /** How that was established: never from a setting's name alone. */
  evidence: string;
}
