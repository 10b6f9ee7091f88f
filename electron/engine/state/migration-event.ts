import type { Fault } from '../fault.ts';
import type { Truth } from './truth.ts';

/** The five calls of a migration that goes well (protocol v3 with parameters). */
export const forwardCalls = ['begin', 'prepare', 'perform', 'finish', 'confirm'] as const;
export type ForwardCall = (typeof forwardCalls)[number];

/** Finish and Confirm with `cancelled`: the destination drops its guest; the source resumes and ends its job. */
export type CancelCall = 'finish-cancelled' | 'confirm-cancelled';

/** The one call of a peer-to-peer migration: within it the source's daemon goes through all five phases by itself. */
export type PeerCall = 'move';

/**
 * What may be done after both hosts were asked. `abort-source` ends a job there whose call was left without a reply;
 * `destroy-destination` a guest that is still incoming, `destroy-waiting` one that arrived and was never set going.
 */
export const recoveryActions = [
  'abort-source',
  'destroy-source',
  'undefine-source',
  'resume-source',
  'destroy-destination',
  'destroy-waiting',
  'undefine-destination',
  'resume-destination',
] as const;
export type RecoveryAction = (typeof recoveryActions)[number];

export type Call = ForwardCall | CancelCall | PeerCall | RecoveryAction;

/**
 * What can happen to a migration. Events are the journal's record; the state is derived from them.
 *
 * `calling` is the intent: it is recorded before the call is made, so a call without a reply is known as one whose
 * outcome is unknown.
 */
export type MigrationEvent =
  | { type: 'calling'; call: Call }
  | { type: 'replied'; call: 'begin'; guestWasPaused: boolean }
  | { type: 'replied'; call: Exclude<Call, 'begin'> }
  /** The daemon answered with an error: the call is over and did not succeed. */
  | { type: 'failed'; call: Call; fault: Fault }
  /** Nothing may be started, or what Begin or Prepare answered cannot be acted on. */
  | { type: 'rejected'; fault: Fault }
  /** The run's own connection to that host is gone; an outstanding call on it has an unknown outcome. */
  | { type: 'lost'; side: 'source' | 'destination'; fault: Fault }
  /** What carries the guest by way of this machine is gone; the data that was under way is lost. */
  | { type: 'relay-broke'; fault: Fault }
  /** With a fault where nobody asked for it: the time that was given is over. */
  | { type: 'cancel'; fault?: Fault }
  /**
   * Peer-to-peer: the intent to have the source switch to post-copy, recorded before it is told. What then happens to the
   * guest needs both hosts, so from here on the daemons are left to it.
   */
  | { type: 'switching' }
  /** Peer-to-peer: for long nothing has gone to a destination that does not answer us either. */
  | { type: 'stalled'; fault: Fault }
  /** The source's daemon said that it did not switch. */
  | { type: 'switch-refused' }
  /** The intent of that call could not be written down, so the call was not made and will not be. */
  | { type: 'unwritten'; call: Exclude<ForwardCall, 'confirm'> | PeerCall; fault: Fault }
  /** What drove the run is gone and its connections with it; whatever was outstanding has an unknown outcome. */
  | { type: 'interrupted'; fault: Fault }
  | { type: 'observed'; truth: Truth }
  /** The patience for asking the hosts is used up. */
  | { type: 'gave-up' };
