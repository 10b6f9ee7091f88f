import { messageOf, ViaductError } from '../common/errors.ts';
import type { WireError } from './contract.ts';

/** Anything that was thrown, as it crosses to the screen. */
export function wireError(error: unknown): WireError {
  if (error instanceof ViaductError) {
    return { code: error.code, message: error.message, side: error.side, remedy: error.remedy };
  }
  return { code: 'internal', message: messageOf(error), side: undefined, remedy: undefined };
}
