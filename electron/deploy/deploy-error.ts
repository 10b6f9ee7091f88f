import { ViaductError, type ErrorDetails } from '../common/errors.ts';

export type DeployErrorCode =
  | 'deploy-same-host'
  | 'deploy-other-paths'
  | 'deploy-no-qemu-account'
  | 'deploy-no-names'
  | 'deploy-nothing-issued'
  | 'deploy-nothing-to-undo'
  | 'deploy-undo-in-use'
  | 'deploy-undo-revoked'
  | 'deploy-undo-expired'
  | 'deploy-undo-untrusted'
  | 'deploy-reload-refused'
  | 'deploy-reload-busy'
  | 'deploy-not-served'
  | 'deploy-identity-no-shell'
  | 'deploy-identity-left';

/** Certificates could not be brought to a host. The host has its old set, unless the message says otherwise. */
export class DeployError extends ViaductError {
  declare readonly code: DeployErrorCode;

  constructor(code: DeployErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}
