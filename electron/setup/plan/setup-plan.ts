import type { Password } from '../../common/password.ts';
import type { TlsService } from '../config/tls-options.ts';
import type { SelfTest, SetupStep } from '../transaction/steps.ts';
import type { WithheldContent } from './withheld-content.ts';

/** What the admin wants of a host; see `defaultWishes`. */
export interface SetupWishes {
  /** The daemon is to answer on its TLS port. */
  listener: boolean;
  /** Open the firewall for the peers. */
  firewall: boolean;
  /** Addresses of the hosts that guests are exchanged with. */
  peers: readonly string[];
  /** `migrate_tls_force`: refuse every migration without TLS. */
  forceTls: boolean;
  /** Services of QEMU that are to have certificates of their own. */
  separateDirectories: readonly TlsService[];
  /** Let in over TLS only these; `undefined`: leave that as it is. */
  allowedClients?: AllowedClients | undefined;
  /** As whom the daemon is to log in at those of its destinations; `undefined`: leave that as it is. */
  migrationLogin?: MigrationLogin | undefined;
}

/** A user of the destinations' SASL that is for migrations alone. */
export interface MigrationLogin {
  user: string;
  password: Password;
  /** As the daemon names them when it connects. */
  destinations: readonly string[];
}

/** Who is to be let in over TLS by name (`tls_allowed_dn_list`), and who then is not. */
export interface AllowedClients {
  /** Each with the name of its client certificate, as libvirt compares it. */
  clients: readonly { owner: string; name: string }[];
  /** Owners of valid client certificates that are not among them. */
  shutOut: readonly string[];
  /** Trusted authorities whose certificates are not all known here. */
  unknownOf: readonly string[];
  /** Names of this workstation's own client certificates. */
  workstation: readonly string[];
}

export const defaultWishes: SetupWishes = {
  listener: true,
  firewall: true,
  peers: [],
  forceTls: false,
  separateDirectories: [],
};

/** Something to read before agreeing, or that forbids to go on. */
export interface PlanNote {
  code: string;
  message: string;
  remedy?: string;
}

/** One change, with all that is needed to judge it. */
export interface PlannedChange {
  step: SetupStep;
  title: string;
  why: string;
  /** What it asks of the host, as "restarts libvirtd.service; running guests go on". */
  needs: string;
  /** A unified diff; empty for what is no file. */
  diff: string;
  /** Command lines to read, not to run. */
  commands: string[];
  /** Set exactly where the step holds its edit back. */
  content?: WithheldContent;
}

export interface SetupPlan {
  host: string;
  connectUri: string;
  machineId: string;
  /** In the order in which they are made. Empty: the host is as it is wished to be. */
  changes: PlannedChange[];
  /** While there is one, the plan cannot be applied. */
  obstacles: PlanNote[];
  warnings: PlanNote[];
  /** What the admin is left to do afterwards. */
  afterwards: string[];
  selfTest: SelfTest;
}
