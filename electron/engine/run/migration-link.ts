import type {
  BeginResult,
  DomainRef,
  FinishResult,
  JobStats,
  PrepareResult,
  SpeedLimit,
  TypedParameter,
  TypedParameterMap,
} from '../../libvirt/index.ts';
import { ViaductError } from '../../common/errors.ts';
import type { ErrorDetails } from '../../common/errors.ts';

/** A daemon answered a call with an error: the call is over. Anything else that a call throws leaves it in doubt. */
export class DaemonError extends ViaductError {
  readonly errorCode: number;
  readonly errorDomain: number;

  constructor(errorCode: number, errorDomain: number, message: string, details: ErrorDetails = {}) {
    super(`libvirt.${errorCode}`, message, details);
    this.errorCode = errorCode;
    this.errorDomain = errorDomain;
  }
}

export class LinkClosedError extends ViaductError {
  constructor() {
    super('connection-lost', 'The daemon closed the connection.');
  }
}

export interface PhaseCall {
  params: readonly TypedParameter[];
  flags: number;
}

export interface Sighting {
  dom: DomainRef;
  state: number;
  reason: number;
  /** It has a definition, which outlives it. */
  persistent: boolean;
}

export interface Registration {
  end(): void;
}

/**
 * One connection to a daemon, narrowed to what a migration asks of it.
 *
 * Every call rejects with a `DaemonError` when the daemon refused it, and with something else when no answer came;
 * the latter means that the outcome is unknown. When the link is lost, every outstanding call rejects.
 */
export interface MigrationLink {
  /** Settles once, when the connection is gone. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  close(): Promise<void>;

  begin(call: PhaseCall & { dom: DomainRef }): Promise<BeginResult>;
  prepare(call: PhaseCall & { cookie: Uint8Array }): Promise<PrepareResult>;
  /** With `dconnuri` and the flag for it, all of a peer-to-peer migration. */
  perform(
    call: PhaseCall & { dom: DomainRef; dconnuri?: string | undefined; cookie: Uint8Array },
  ): Promise<{ cookie: Uint8Array }>;
  /** With `cancelled`, success is a `DaemonError` of code 93. */
  finish(call: PhaseCall & { cookie: Uint8Array; cancelled: boolean }): Promise<FinishResult>;
  confirm(call: PhaseCall & { dom: DomainRef; cookie: Uint8Array; cancelled: boolean }): Promise<void>;

  /** `undefined` when the daemon knows no domain of that uuid. */
  find(uuid: string): Promise<Sighting | undefined>;
  hasChangeProtection(): Promise<boolean>;
  jobStats(dom: DomainRef, flags: number): Promise<JobStats>;
  setMaxDowntime(dom: DomainRef, downtimeMs: number): Promise<void>;
  setMaxSpeed(dom: DomainRef, limit: SpeedLimit): Promise<void>;
  startPostCopy(dom: DomainRef): Promise<void>;
  suspend(dom: DomainRef): Promise<void>;
  abortJob(dom: DomainRef): Promise<void>;
  destroy(dom: DomainRef): Promise<void>;
  undefine(dom: DomainRef): Promise<void>;
  resume(dom: DomainRef): Promise<void>;

  /** The source's final statistics, on success only. */
  onJobCompleted(dom: DomainRef, listener: (stats: TypedParameterMap) => void): Promise<Registration>;
  /** The guest's processors were set going on this host; `detail` is one of `lifecycleDetails.resumed`. */
  onResumed(dom: DomainRef, listener: (detail: number) => void): Promise<Registration>;
  /** Whatever becomes of the guest on this host, by `lifecycleEvents` and their details. */
  onLifecycle(dom: DomainRef, listener: (event: number, detail: number) => void): Promise<Registration>;
  /** The guest's machine was reset: by whom, the daemon does not tell. */
  onRestarted(dom: DomainRef, listener: () => void): Promise<Registration>;
}

/** The shared link: it comes back by itself, and is not ours to close. A call never waits for it to come back. */
export type ControlLink = Omit<MigrationLink, 'closed' | 'close'>;

/** A host as a migration needs it. */
export interface MigrationHost {
  readonly name: string;
  /** A connection of the run's own. */
  connect(signal: AbortSignal): Promise<MigrationLink>;
  /** For short calls. Connects first where there is no connection. */
  control(signal: AbortSignal): Promise<ControlLink>;
}
