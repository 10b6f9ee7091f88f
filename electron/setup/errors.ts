import { ViaductError, type ErrorDetails } from '../common/errors.ts';

export type SetupErrorCode =
  | 'setup-no-shell'
  | 'setup-interrupted'
  | 'setup-stuck'
  | 'setup-plan-outdated'
  | 'setup-self-test'
  | 'setup-host-replaced'
  | 'setup-journal-damaged'
  | 'setup-journal-newer'
  | 'setup-nothing-to-undo';

/** Host setup could not be done, or not be finished. */
export class SetupError extends ViaductError {
  constructor(code: SetupErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}
