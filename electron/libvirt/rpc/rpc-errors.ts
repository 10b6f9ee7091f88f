import { ViaductError } from '../../common/errors.ts';
import type { ErrorDetails } from '../../common/errors.ts';

/** Whether the daemon may have carried out what was asked: `not-sent` is certain, `unknown` must be found out. */
export type CallOutcome = 'not-sent' | 'unknown';

/** A call ended without an answer. */
export class CallUnansweredError extends ViaductError {
  readonly outcome: CallOutcome;

  constructor(code: string, message: string, outcome: CallOutcome, details: ErrorDetails = {}) {
    super(code, message, details);
    this.outcome = outcome;
  }
}

/** The connection died. What a pending call did is unknown until the host is asked again. */
export class ConnectionLostError extends CallUnansweredError {
  constructor(message: string, outcome: CallOutcome, details: ErrorDetails = {}) {
    const remedy = details.cause instanceof ViaductError ? details.cause.remedy : undefined;
    super('connection-lost', message, outcome, { ...(remedy !== undefined && { remedy }), ...details });
  }
}

/** No answer within the call's deadline; the daemon may still carry it out. */
export class CallTimeoutError extends CallUnansweredError {
  constructor(message: string, outcome: CallOutcome) {
    super('call-timeout', message, outcome);
  }
}

/** The caller's signal fired; the protocol has no way to take a call back. `cause` is the signal's reason. */
export class CallAbandonedError extends CallUnansweredError {
  constructor(message: string, outcome: CallOutcome, details: ErrorDetails = {}) {
    super('call-abandoned', message, outcome, details);
  }
}

/** All places on the wire were held by calls that take long, and none came free in the time given. */
export class NoPlaceError extends CallUnansweredError {
  constructor(procedure: string) {
    super('call-no-place', `${procedure} could not be sent: other calls take long.`, 'not-sent');
  }
}

/** The peer does not speak the protocol, or broke its rules. */
export class ProtocolError extends ViaductError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('rpc-protocol', message, details);
  }
}

/** The connection could not be set up: open or the first answers failed. */
export class HandshakeError extends ViaductError {
  constructor(
    code: 'handshake-timeout' | 'open-failed' | 'feature-missing',
    message: string,
    details: ErrorDetails = {},
  ) {
    super(code, message, details);
  }
}
