import type { PkiFinding } from '../../deploy/pki-finding.ts';
import type { ExpiryStage } from '../../pki/expiry-stage.ts';
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
  isRevoked: boolean;
}

/** What needs care, in one sentence as "Expires in 6 days", and how soon: `later` is within 30 days. */
export interface Care {
  sentence: string;
  /** `differs`: issued, on disk and served are not the same; `missing`: issued, and not in its file. */
  reason: 'ends' | 'revoked' | 'differs' | 'missing' | 'clock';
  urgency: 'now' | 'soon' | 'later';
}

/** A host, or an authority, with all that was seen of its certificates. */
export interface CalendarGroup {
  /** By the name that the ledger has. */
  owner: string;
  kind: 'authority' | 'host';
  /** `undefined`: has certificates of ours, and is not on the board. */
  hostId: string | undefined;
  /** The authorities whose certificates it has, the newest first: that one renews, all of them revoke. */
  issuers: string[];
  /** Of hosts: when it was last looked at; `undefined`: not in this run of the app, and only `issued` is known. */
  lookedAtMs: number | undefined;
  isBeingLookedAt: boolean;
  /** Why it could not be looked at. */
  problem: WizardProblem | undefined;
  bars: CalendarBar[];
  /** `undefined`: all is well, as far as is known. */
  care: Care | undefined;
  /** All that was issued for it is revoked: it is not renewed, but given new certificates with the wizard. */
  isRevoked: boolean;
}

/** What is done with hosts, or was last. `incomplete`: it came to its end, and a finding is an error. */
export interface CertificatesWork {
  kind: 'look' | 'renew' | 'revoke';
  /** The hosts that it is about. */
  owners: string[];
  sentence: string;
  startedAtMs: number;
  cancelling: boolean;
  /** `undefined` while it runs; it can be cancelled until then. */
  outcome: 'done' | 'incomplete' | 'failed' | 'cancelled' | undefined;
  problem: WizardProblem | undefined;
  /** What was reported, newest last. */
  findings: PkiFinding[];
}

export interface CertificatesSnapshot {
  generation: number;
  /** What needs care first. */
  groups: CalendarGroup[];
  /** Authorities, and hosts on the board, that need care: for the rail. */
  careCount: number;
  work: CertificatesWork | undefined;
  /** Ledgers that cannot be read, and whose certificates are therefore not shown. */
  problems: WizardProblem[];
}
