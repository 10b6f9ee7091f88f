import type { Side } from '../common/errors.ts';
import type { PkiFinding } from '../deploy/pki-finding.ts';

/** The steps in their order. `done` is the live TLS report, and the rehearsal. */
export const wizardSteps = [
  'hosts',
  'authority',
  'names',
  'certificates',
  'changes',
  'proof',
  'done',
] as const;
export type WizardStep = (typeof wizardSteps)[number];

/** A refusal or failure at the step where it arose. */
export interface WizardProblem {
  code: string;
  message: string;
  side: Side | undefined;
  /** What to do next; always there. */
  remedy: string;
  /** What a program on the host said, for a person who wants to see it. */
  evidence: string | undefined;
  /** The host that it is about. */
  hostId: string | undefined;
}

/**
 * Where a step stands: `there-already` was found to be in order and needs nothing, `done` was made in this run of the
 * wizard, `failed` has the problem that stopped it.
 */
export interface WizardStepState {
  step: WizardStep;
  state: 'ahead' | 'open' | 'working' | 'there-already' | 'done' | 'failed';
  /** One line for the path, as "2 hosts", "Lab CA", "nothing to change". Empty: nothing to say yet. */
  sentence: string;
  problem: WizardProblem | undefined;
}

/** What a host is, as far as the wizard cares. */
export interface WizardHostFacts {
  /** As "Debian GNU/Linux 12, libvirt 9.0.0, QEMU 10.0.2". */
  system: string;
  daemon: string;
  /** How the login becomes root, in words. */
  rights: string;
  tlsPort: number;
  listening: boolean;
  firewall: string;
  /** Running guests, which go on whatever the wizard does. */
  runningGuests: number;
  /** What was set up there already, a sentence each, as "Certificates of Lab CA, until 2028-11-20". */
  already: string[];
  /** What is remarkable: questions that had no answer, OpenStack, no openssl. */
  notes: string[];
}

export interface WizardHost {
  hostId: string;
  name: string;
  look:
    | { state: 'waiting' }
    | { state: 'looking' }
    | { state: 'seen'; facts: WizardHostFacts }
    | { state: 'failed'; problem: WizardProblem };
}

export interface WizardName {
  name: string;
  kind: 'dns' | 'ip';
  /** How it is known, as "beta's resolver" or "added by you". */
  because: string;
}

/** The names in a host's certificates: every one that the other hosts use for it. */
export interface WizardHostNames {
  hostId: string;
  names: WizardName[];
  /** What was found and is in no certificate; the admin may take it in all the same, unless it is `refused`. */
  leftOut: { name: string; why: string; refused: boolean }[];
}

/** A file as it will be, with how it differs from what is there. Never holds key bytes. */
export interface WizardFile {
  path: string;
  what: string;
  owner: string;
  group: string;
  /** Octal, as `0640`. */
  mode: string;
  action: 'new' | 'replaced' | 'kept';
  /** A unified diff of readable summaries; empty where there is nothing to compare. */
  diff: string;
}

export interface WizardCertificates {
  hostId: string;
  state: 'looking' | 'needed' | 'there-already' | 'working' | 'deployed' | 'failed';
  /** Why the set is needed or is not, as "Lacks the name beta.lab". */
  reasons: string[];
  files: WizardFile[];
  findings: PkiFinding[];
  /** Whether the set of before can be put back. */
  undoable: boolean;
}

export interface WizardNote {
  message: string;
  remedy: string | undefined;
}

export interface WizardChange {
  title: string;
  why: string;
  needs: string;
  diff: string;
  commands: string[];
}

export interface WizardChanges {
  hostId: string;
  state:
    'looking' | 'needed' | 'there-already' | 'working' | 'applied' | 'rolled-back' | 'unfinished' | 'failed';
  sentence: string;
  changes: WizardChange[];
  obstacles: WizardNote[];
  warnings: WizardNote[];
  /** What the admin is left to do afterwards. */
  afterwards: string[];
  /** Whether what was set up there, by this run or an earlier one, can be taken back. */
  undoable: boolean;
  /** While it works. */
  progress:
    { title: string; direction: 'apply' | 'revert' | 'test'; number: number; total: number } | undefined;
}

/** What the admin chose for the hosts' configuration, for all of them. */
export interface WizardWishes {
  listener: boolean;
  firewall: boolean;
  forceTls: boolean;
  /** Fill `tls_allowed_dn_list` with the hosts of this wizard and this workstation. */
  allowOnlyKnown: boolean;
}

export type CellState = 'waiting' | 'trying' | 'proven' | 'warning' | 'failed' | 'unknown';

/** One direction of a pair, as it was tried by real handshakes. */
export interface WizardCell {
  fromHostId: string;
  toHostId: string;
  control: { state: CellState; finding: PkiFinding | undefined };
  data: { state: CellState; finding: PkiFinding | undefined };
  /** Milliseconds since 1970; `undefined`: not tried yet. */
  triedAtMs: number | undefined;
}

/** A throw-away guest that moves there and back. */
export interface WizardRehearsal {
  sourceHostId: string;
  destinationHostId: string;
  state: 'preparing' | 'there' | 'back' | 'clearing' | 'passed' | 'failed' | 'cancelled';
  sentence: string;
  percent: number;
  directions: {
    fromHostId: string;
    toHostId: string;
    totalMs: number;
    downtimeMs: number | undefined;
    encrypted: string;
  }[];
  problem: WizardProblem | undefined;
  /** What may have been left on a host, and how to remove it. */
  leftovers: string[];
}

/** The whole wizard. There is one; it is kept on disk as far as it cannot be found out again. */
export interface WizardSnapshot {
  generation: number;
  /** The step on the screen. */
  step: WizardStep;
  steps: WizardStepState[];
  hosts: WizardHost[];
  /** By name. */
  authority: string | undefined;
  names: WizardHostNames[];
  certificates: WizardCertificates[];
  wishes: WizardWishes;
  changes: WizardChanges[];
  cells: WizardCell[];
  rehearsal: WizardRehearsal | undefined;
  /** What runs now, in words; it can be cancelled while `cancellable`. */
  running: { sentence: string; startedAtMs: number; cancellable: boolean; cancelling: boolean } | undefined;
}
