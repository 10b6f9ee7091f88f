import type { ExpiryStage } from '../../pki/expiry-calendar.ts';
import type { WizardProblem } from '../../wizard/wizard-snapshot.ts';

/** One bar of the calendar. Times: milliseconds since 1970. */
export interface CalendarBar {
  seen: 'issued' | 'deployed' | 'served';
  kind: 'authority' | 'certificate';
  /** As `qemu server`. */
  place: string;
  fingerprint: string;
  notBeforeMs: number;
  notAfterMs: number;
  daysLeft: number;
  stage: ExpiryStage;
  /** Of another certificate than the sighting before it (issued, deployed, served). */
  isStale: boolean;
}

/** A host, or an authority, with all that was seen of its certificates. */
export interface CalendarGroup {
  owner: string;
  kind: 'authority' | 'host';
  /** `undefined`: has certificates of ours, and is not on the board. */
  hostId: string | undefined;
  /** Of hosts: when it was last looked at; `undefined`: not in this run of the app, and only `issued` is known. */
  lookedAtMs: number | undefined;
  /** Why it could not be looked at. */
  problem: WizardProblem | undefined;
  bars: CalendarBar[];
  /** One sentence for what needs care, as "Expires in 6 days"; `undefined`: all is well. */
  care: string | undefined;
}

export interface CertificatesSnapshot {
  generation: number;
  groups: CalendarGroup[];
  /** Groups that need care, for the rail. */
  careCount: number;
  running: { sentence: string; startedAtMs: number; cancellable: boolean; cancelling: boolean } | undefined;
  /** How the last renewal, revocation or look ended. */
  lastProblem: WizardProblem | undefined;
  /** What the last renewal or revocation reported, newest last. */
  findings: {
    level: 'ok' | 'info' | 'warning' | 'error' | 'unknown';
    summary: string;
    remedy: string | undefined;
    evidence: string | undefined;
  }[];
}
