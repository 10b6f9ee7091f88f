export type SimulatedCall =
  | 'begin'
  | 'prepare'
  | 'perform'
  | 'post-copy'
  | 'finish'
  | 'confirm'
  | 'finish-cancelled'
  | 'confirm-cancelled'
  | 'move';

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

/** In post-copy: so long the rest of the memory takes to follow, or until the way for it breaks. */
export const postCopyMs = { follows: 90_000, breaks: 20_000 } as const;

/** Where a peer-to-peer migration is; at `finish` the destination has done it and its reply is on the way. */
export const peerPoints = ['connect', 'perform', 'switched', 'finish', 'finished'] as const;
export type PeerPoint = (typeof peerPoints)[number];

/** What happens to the daemons of a peer-to-peer migration. */
export const peerFaultKinds = [
  'source daemon dies',
  'destination daemon dies',
  'destination host dies',
  'link breaks',
] as const;
export interface PeerFault {
  at: PeerPoint;
  kind: (typeof peerFaultKinds)[number];
}

/** How long a simulated daemon takes for each call. */
export const durationsMs = {
  begin: 200,
  prepare: 1_000,
  perform: 10_000,
  'post-copy': 100,
  finish: 2_000,
  confirm: 500,
  'finish-cancelled': 500,
  'confirm-cancelled': 500,
  move: 14_000,
} as const satisfies Record<SimulatedCall, number>;
