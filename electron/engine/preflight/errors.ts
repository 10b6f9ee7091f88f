import { BadInputError, ViaductError } from '../../common/errors.ts';

/** A fact could not be had. Codes `no-shell`, `not-readable`, `tool-missing`, `unexpected-answer`. */
export class FactUnavailableError extends ViaductError {
  constructor(
    code: 'no-shell' | 'not-readable' | 'tool-missing' | 'unexpected-answer',
    message: string,
    remedy: string,
    cause?: unknown,
  ) {
    super(code, message, { remedy, cause });
  }
}

/** The source has no guest of that name or UUID. Code `guest-not-found`. */
export class GuestNotFoundError extends BadInputError {
  constructor(guest: string, host: string, cause: unknown) {
    super('guest-not-found', `${host} has no guest "${guest}".`, {
      side: 'source',
      remedy: `Check the name: "viaduct guests" lists the guests of ${host}.`,
      cause,
    });
  }
}
