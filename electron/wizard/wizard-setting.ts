import type { Exclusive } from '../common/exclusive.ts';
import type { SudoPrompts } from '../common/host/sudo-prompts.ts';
import type { Issuer } from '../deploy/deploy.ts';
import type { WizardTarget } from './seen-host.ts';

/** The hosts of the board. */
export interface WizardHosts {
  /** @throws BadInputError `host-unknown`. */
  host(hostId: string): WizardTarget;
  /** The host with this connect URI, if it is on the board. */
  idOf(connectUri: string): string | undefined;
}

export interface WizardSetting {
  /** The folder of all state. */
  home: string;
  hosts: WizardHosts;
  /** @throws ViaductError `authority-locked`. */
  authorities: { issuer(name: string): Issuer };
  prompts: SudoPrompts;
  exclusive: Exclusive;
}
