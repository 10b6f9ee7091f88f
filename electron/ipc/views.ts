import type { DataStream } from '../engine/data-stream.ts';
import type { Finding } from '../engine/finding.ts';
import type { MigrationProgress, MigrationResult, Phase } from '../engine/outcome.ts';
import type { MigrationPlan, PlanOptions, PlannedChange } from '../engine/plan.ts';
import type { RunAction, TuningChoices } from '../engine/run-migration.ts';
import type { PhaseTime } from '../engine/progress/phase-times.ts';
import type { Receipt } from '../engine/receipt/receipt.ts';

export type { DataStream, Finding, MigrationProgress, MigrationResult, Phase, PhaseTime };
export type { StreamConnection } from '../engine/stream-connection.ts';
export type { Stall } from '../engine/progress/stall.ts';
export type { Possibility } from '../engine/run-migration.ts';
export type { PlanOptions, PlannedChange, Receipt, TuningChoices };
export type { FindingLevel, FindingSide } from '../engine/finding.ts';
export type { ConfiguredHost as SshConfigHost } from '../hosts/ssh-config-hosts.ts';
export type {
  GuestChanges,
  GuestDisk,
  GuestObstacle,
  GuestSnapshot,
  GuestState,
  HostConnection,
  HostLoad,
  HostSecurity,
  HostSnapshot,
  HostState,
  UnansweredCall,
} from '../hosts/snapshots.ts';

export type {
  CalendarBar,
  CalendarGroup,
  Care,
  CertificatesSnapshot,
  CertificatesWork,
} from './certificates/certificate-views.ts';
export type { DoctorProblem, DoctorSnapshot, DoctorVisit, DoctorWork } from './doctor/doctor-snapshot.ts';
export type { ActionKind, Diagnosis, End, HostWords, OfferedAction } from '../engine/doctor/diagnosis.ts';
export type { AuthoritiesSnapshot, AuthoritySnapshot } from '../authorities/authority-snapshot.ts';
export type {
  CellState,
  WizardCell,
  WizardCertificates,
  WizardChange,
  WizardChanges,
  WizardFile,
  WizardHost,
  WizardHostFacts,
  WizardHostNames,
  WizardName,
  WizardNote,
  WizardProblem,
  WizardRehearsal,
  WizardSnapshot,
  WizardStep,
  WizardStepState,
  WizardWishes,
} from '../wizard/wizard-snapshot.ts';
export type { PkiFinding } from '../deploy/pki-finding.ts';

export interface ReviewFinding extends Finding {
  /** What `migrations.recheck` runs again; absent on what the plan itself says. */
  check?: string;
  /** Why that check is made. */
  reason?: string;
}

/** The review of one intended migration: findings arrive while the checks run. */
export interface ReviewSnapshot {
  reviewId: string;
  generation: number;
  guest: { uuid: string; name: string };
  sourceHostId: string;
  destinationHostId: string;
  options: PlanOptions;
  state: 'checking' | 'done';
  /** Checks that have not answered yet, in words. */
  pending: string[];
  findings: ReviewFinding[];
  /** Those of the plan, or where none could be made those that stand all the same; empty while that is not known. */
  streams: DataStream[];
  /** `undefined` until the plan could be made. */
  plan: Pick<MigrationPlan, 'changes' | 'migrateUri'> | undefined;
  /** The outcome in one sentence, as "Encrypted with QEMU-native TLS. Nothing is in the way." */
  sentence: string;
  canMigrate: boolean;
}

/** One point of the chart. */
export interface ProgressSample {
  elapsedMs: number;
  percent: number;
  bandwidthBps: number;
  dirtyRateBps: number;
  remainingBytes: number;
  iteration: number;
}

export interface MigrationAction extends RunAction {
  elapsedMs: number;
}

/** A migration under way or ended, as the screen shows it. All times are milliseconds since it was started. */
export interface MigrationSnapshot {
  migrationId: string;
  generation: number;
  guest: { uuid: string; name: string };
  /** Of one that was taken up, a host's name where it is not on the board. */
  sourceHostId: string;
  destinationHostId: string;
  /** Whether another run of the app had left it unfinished; it is left as it is when this one ends. */
  takenUp: boolean;
  options: PlanOptions;
  streams: DataStream[];
  changes: PlannedChange[];
  /** Wall clock, milliseconds since 1970. */
  startedAtMs: number;
  phases: PhaseTime[];
  progress: MigrationProgress | undefined;
  /** Oldest first, thinned so that a long run stays below 600 points. */
  samples: ProgressSample[];
  /** What cancelling would do now; `possible` is false from switchover on. */
  cancel: { possible: boolean; requested: boolean; sentence: string };
  /** What can be changed now, and why what cannot. */
  tuning: TuningChoices;
  /** What was done to it, oldest first. */
  actions: MigrationAction[];
  result: MigrationResult | undefined;
  /** Set together with `result`. */
  receipt: Receipt | undefined;
  /** Why the receipt is not in the history, in a sentence. */
  historyProblem: string | undefined;
}

/** A migration of the past, as a line of the history. */
export interface HistoryItem extends Pick<
  Receipt,
  | 'id'
  | 'startedAt'
  | 'outcome'
  | 'guest'
  | 'uuid'
  | 'source'
  | 'destination'
  | 'totalMs'
  | 'downtimeMs'
  | 'offline'
> {
  /** The weakest protection of what went from host to host; `undefined` where no plan was made. */
  between: Pick<DataStream, 'encrypted' | 'authenticated'> | undefined;
}

/** A question that a connection attempt has for the admin. */
export type PromptView =
  | {
      promptId: string;
      kind: 'host-key';
      host: string;
      port: number;
      keyType: string;
      fingerprint: string;
      /** What speaks against trusting it; usually nothing. */
      warning: string | undefined;
    }
  | { promptId: string; kind: 'passphrase'; keyFile: string; attempt: number }
  | { promptId: string; kind: 'challenge'; host: string; user: string; question: string; echo: boolean }
  /** The daemon's own login. `user` is asked first, alone, where it is not known. */
  | {
      promptId: string;
      kind: 'login';
      host: string;
      mechanism: string;
      user: string | undefined;
      attempt: number;
    }
  /** The password of `user` for sudo on the host. */
  | { promptId: string; kind: 'sudo'; host: string; user: string; attempt: number };

/** Whether a host can take a guest, from what is known without asking anybody: shown while dragging. */
export type DropVerdict =
  { hostId: string; can: true; sentence: string } | { hostId: string; can: false; sentence: string };
