import type { PkiFinding, Report } from '../../deploy/pki-finding.ts';
import { certificateFinding, certificateProblem } from './certificate-words.ts';
import type { CertificatesWork } from './certificate-views.ts';

/** Findings that are kept of one piece of work: many more than 64 hosts make. */
const maxFindings = 1000;

/** One look, renewal or revocation: how it goes, and how it ended. */
export class RunningWork {
  readonly #stop = new AbortController();
  readonly #changed: () => void;
  #snapshot: CertificatesWork;
  /** Resolves when it has ended, however. */
  ended: Promise<void> = Promise.resolve();

  constructor(
    begun: Pick<CertificatesWork, 'kind' | 'owners' | 'sentence' | 'startedAtMs'>,
    changed: () => void,
  ) {
    this.#changed = changed;
    this.#snapshot = { ...begun, cancelling: false, outcome: undefined, problem: undefined, findings: [] };
  }

  get snapshot(): CertificatesWork {
    return this.#snapshot;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isRunning(): boolean {
    return this.#snapshot.outcome === undefined;
  }

  readonly tell = (sentence: string): void => {
    this.#update({ sentence });
  };

  readonly report: Report = (finding: PkiFinding) => {
    const findings = [...this.#snapshot.findings, certificateFinding(finding)].slice(-maxFindings);
    this.#update({ findings });
  };

  cancel(): void {
    if (!this.isRunning) return;
    this.#stop.abort();
    this.#update({ cancelling: true });
  }

  /** Starts it; how it ends is told by the snapshot. */
  run(work: () => Promise<void>): void {
    this.#changed();
    this.ended = work().then(
      () => this.#end(undefined),
      (error: unknown) => this.#end(error),
    );
  }

  #end(error: unknown): void {
    const cancelled = this.#stop.signal.aborted && error !== undefined;
    const hasErrors = this.#snapshot.findings.some(({ level }) => level === 'error');
    const outcome = cancelled
      ? 'cancelled'
      : error !== undefined
        ? 'failed'
        : hasErrors
          ? 'incomplete'
          : 'done';
    this.#update({
      outcome,
      cancelling: false,
      problem: outcome === 'failed' ? certificateProblem(error) : undefined,
    });
  }

  #update(change: Partial<CertificatesWork>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#changed();
  }
}
