/** Which machine an error or finding is about; `client` is the workstation that runs Viaduct. */
export type Side = 'source' | 'destination' | 'client';

export interface ErrorDetails {
  /** The machine the failure is about, where that is known. */
  side?: Side;
  /** What the admin can do next, one sentence. */
  remedy?: string;
  cause?: unknown;
}

/**
 * Base of every error that Viaduct raises on purpose.
 *
 * `message` is one sentence for the admin, without a stack trace and without secrets; `code` is stable and
 * is what programs decide by, never the message.
 */
export class ViaductError extends Error {
  readonly code: string;
  readonly side: Side | undefined;
  readonly remedy: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.side = details.side;
    this.remedy = details.remedy;
  }
}

/** The request itself is wrong: an unknown option, a malformed URI, a value out of range. */
export class BadInputError extends ViaductError {}

/** The sentence to show for anything that was thrown, ours or not. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
