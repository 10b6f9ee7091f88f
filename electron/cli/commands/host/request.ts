import type { SudoPrompts } from '../../../common/host/sudo-prompts.ts';
import type { MigrationLogin, SetupWishes } from '../../../setup/plan/setup-plan.ts';
import type { Agreement } from '../is-agreed.ts';

/** What the commands of `viaduct host` are run with. */
export interface HostRequest {
  home: string;
  json: boolean;
  signal: AbortSignal;
  prompts: SudoPrompts;
}

export type ChangeRequest = HostRequest & Agreement;

export interface PrepareRequest extends ChangeRequest {
  wishes: SetupWishes;
  /** Let in over TLS only the hosts named and this workstation. */
  allowOnlyKnown: boolean;
  /** As whom the hosts' daemons are to log in at each other's, and at further ones. */
  migrationLogin?: Omit<MigrationLogin, 'destinations'> & { peers: readonly string[] };
}
