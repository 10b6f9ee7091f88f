import type { SudoPrompts } from '../../../common/host/sudo-prompts.ts';
import type { MigrationLogin, SetupWishes } from '../../../setup/plan/setup-plan.ts';

/** What the commands of `viaduct host` are run with. */
export interface HostRequest {
  home: string;
  json: boolean;
  signal: AbortSignal;
  prompts: SudoPrompts;
}

export interface ChangeRequest extends HostRequest {
  /** Agreed beforehand. */
  yes: boolean;
  /** Asks; `undefined` where nobody can be asked. */
  confirm: ((question: string) => Promise<boolean>) | undefined;
}

export interface PrepareRequest extends ChangeRequest {
  wishes: SetupWishes;
  /** Let in over TLS only the hosts named and this workstation. */
  allowOnlyKnown: boolean;
  /** As whom the hosts' daemons are to log in at each other's, and at further ones. */
  migrationLogin?: Omit<MigrationLogin, 'destinations'> & { peers: readonly string[] };
}
