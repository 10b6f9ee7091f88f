export type SimulatedCall =
  'begin' | 'prepare' | 'perform' | 'finish' | 'confirm' | 'finish-cancelled' | 'confirm-cancelled';

/** What goes wrong when a call is made, the first time. */
export type FaultKind =
  /** The daemon answers with an error, having cleaned up as libvirt does. */
  | 'error'
  /** Its connection breaks before, halfway through or right after the daemon did it. */
  | 'lost before'
  | 'lost during'
  | 'reply lost'
  /** The other host's connection breaks halfway through, or both do. */
  | 'other lost'
  | 'both lost'
  /** No reply ever: nothing was done, or it was done. */
  | 'hangs'
  | 'hangs done';

export interface SimulatedFault {
  at: SimulatedCall;
  kind: FaultKind;
  /** For so long nothing reaches that host afterwards; `Infinity` for never again. */
  darkMs?: number;
  /** The daemon takes so long to do what it was asked. */
  slowMs?: number;
}

/** How long a simulated daemon takes for each call. */
export const durationsMs = {
  begin: 200,
  prepare: 1_000,
  perform: 10_000,
  finish: 2_000,
  confirm: 500,
  'finish-cancelled': 500,
  'confirm-cancelled': 500,
} as const satisfies Record<SimulatedCall, number>;
