import { ViaductError } from '../../electron/common/errors.ts';

/** Codes of the lab's own failures. `lab-unsupported` and `lab-usage` are the caller's to mend: exit code 2. */
export type LabErrorCode =
  'lab-unsupported' | 'lab-usage' | 'lab-busy' | 'lab-not-up' | 'lab-command-failed' | 'lab-timeout';

export class LabError extends ViaductError {
  constructor(code: LabErrorCode, message: string, details: { remedy?: string; cause?: unknown } = {}) {
    super(code, message, details);
  }
}
