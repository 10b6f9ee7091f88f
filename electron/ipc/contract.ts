import { z } from 'zod';
import { controlChoices } from '../engine/control.ts';
import { compressionMethods, diskChoices, maxParallel, modes, timeoutActions } from '../engine/plan.ts';
import type { TerminalDesk, TerminalEvents } from '../terminals/terminal-desk.ts';
import { doctorRequests } from './doctor-requests.ts';
import { authorityRequests, certificateRequests, wizardRequests } from './pki-requests.ts';
import type {
  AuthoritiesSnapshot,
  CertificatesSnapshot,
  DoctorSnapshot,
  SshConfigHost,
  DropVerdict,
  GuestChanges,
  HostSnapshot,
  HistoryItem,
  HostState,
  MigrationSnapshot,
  PromptView,
  Receipt,
  ReviewSnapshot,
  WizardSnapshot,
} from './views.ts';

/*
 * Every call the screen can make and every event it can hear, once. Requests are checked against these schemas
 * where they enter the main process; both shells carry the same contract.
 */

const id = z.string().min(1).max(200);
const none = z.strictObject({});
const terminalId = z.uuid();
const terminalSize = { columns: z.int().min(1).max(1000), rows: z.int().min(1).max(1000) };
/** Bytes of one `terminals.write`. */
export const maxTerminalWrite = 32 * 1024;

export const planOptionsSchema = z.strictObject({
  mode: z.enum(modes),
  control: z.enum(controlChoices),
  dconnuri: z.string().max(1000).optional(),
  oneTimeIdentity: z.string().min(1).max(64).optional(),
  allowPlaintext: z.boolean(),
  disks: z.enum(diskChoices),
  diskTargets: z.array(z.string().min(1).max(100)).max(200).optional(),
  parallel: z.int().min(1).max(maxParallel).optional(),
  compress: z.enum(compressionMethods).optional(),
  autoConverge: z.boolean(),
  postCopy: z.boolean(),
  unattended: z.boolean().optional(),
  timeoutS: z.int().min(1).max(1_000_000).optional(),
  onTimeout: z.enum(timeoutActions).optional(),
  bandwidthMiBps: z.int().min(1).max(1_000_000).optional(),
  maxDowntimeMs: z.int().min(1).max(2_000_000).optional(),
  migrateUri: z.string().max(1000).optional(),
  tlsDestination: z.string().max(255).optional(),
  persist: z.boolean(),
  keepSourceDefinition: z.boolean(),
  offline: z.boolean(),
  rename: z.string().min(1).max(255).optional(),
  ignoreManager: z.boolean().optional(),
});

/** What the screen types into the consent field before a guest's memory may cross in the clear. */
export const plaintextConsent = 'send in the clear';

/** Guests that one `guests.describe` may name. */
export const maxDescribed = 200;

export const requests = {
  'app.info': none,
  'hosts.list': none,
  'hosts.add': z.strictObject({
    connectUri: z.string().min(1).max(2000),
    readOnly: z.boolean().optional(),
  }),
  'hosts.remove': z.strictObject({ hostId: id }),
  'hosts.reconnect': z.strictObject({ hostId: id }),
  'hosts.sshConfig': none,
  'guests.describe': z.strictObject({ hostId: id, uuids: z.array(id).max(maxDescribed) }),
  'guests.screenshot': z.strictObject({ hostId: id, guestUuid: id }),
  'terminals.open': z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('guest-console'),
      terminalId,
      ...terminalSize,
      hostId: id,
      guestUuid: id,
      force: z.boolean(),
    }),
    z.strictObject({ kind: z.literal('host-shell'), terminalId, ...terminalSize, hostId: id }),
  ]),
  'terminals.write': z.strictObject({
    terminalId,
    bytes: z.instanceof(Uint8Array).refine(({ length }) => length <= maxTerminalWrite),
  }),
  'terminals.resize': z.strictObject({ terminalId, ...terminalSize }),
  'terminals.acknowledge': z.strictObject({ terminalId, bytes: z.int().min(1).max(1_000_000_000) }),
  'terminals.close': z.strictObject({ terminalId }),
  'prompts.list': none,
  'prompts.answer': z.strictObject({
    promptId: id,
    answer: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('accept') }),
      z.strictObject({ kind: z.literal('refuse') }),
      z.strictObject({ kind: z.literal('secret'), secret: z.string().max(4096) }),
    ]),
  }),
  'migrations.list': none,
  'migrations.verdicts': z.strictObject({ guestUuid: id, sourceHostId: id }),
  'migrations.review': z.strictObject({
    guestUuid: id,
    sourceHostId: id,
    destinationHostId: id,
    options: planOptionsSchema,
  }),
  'migrations.recheck': z.strictObject({ reviewId: id, check: z.string().max(100) }),
  /** What a finding of the review says that the app can do; its check is run again afterwards. */
  'migrations.mend': z.strictObject({ reviewId: id, pool: z.string().max(1000) }),
  'migrations.closeReview': z.strictObject({ reviewId: id }),
  'migrations.start': z.strictObject({ reviewId: id, plaintextConsent: z.string().max(100).optional() }),
  'migrations.cancel': z.strictObject({ migrationId: id }),
  'migrations.tune': z.strictObject({
    migrationId: id,
    /** `null` for no limit. */
    bandwidthMiBps: z.int().min(1).max(1_000_000).nullable().optional(),
    maxDowntimeMs: z.int().min(1).max(2_000_000).optional(),
  }),
  'migrations.postCopy': z.strictObject({ migrationId: id }),
  'migrations.dismiss': z.strictObject({ migrationId: id }),
  'history.list': z.strictObject({ before: z.int().min(1).optional() }),
  'history.receipt': z.strictObject({ id }),
  ...doctorRequests,
  ...authorityRequests,
  ...certificateRequests,
  ...wizardRequests,
} as const;

export type Command = keyof typeof requests;
export type Request<C extends Command> = z.output<(typeof requests)[C]>;

export interface Responses
  extends DoctorResponses, AuthorityResponses, CertificateResponses, WizardResponses {
  'app.info': { version: string; shell: 'desktop' | 'browser' };
  'hosts.list': { hosts: HostSnapshot[] };
  'hosts.add': { hostId: string };
  'hosts.remove': Record<string, never>;
  'hosts.reconnect': Record<string, never>;
  'hosts.sshConfig': { hosts: SshConfigHost[] };
  /** Has the definitions of these guests read that are not; what they say comes by the event `guests`. */
  'guests.describe': Record<string, never>;
  /** What the guest's first screen shows now, as PNG. */
  'guests.screenshot': { png: Uint8Array; takenAtMs: number };
  /** It begins to open; the events of the terminal, which come to this client alone, tell how that went. */
  'terminals.open': Record<string, never>;
  /** Answered when the far end took the bytes: await it before the next. */
  'terminals.write': Record<string, never>;
  'terminals.resize': Record<string, never>;
  /** So many bytes of `terminalData` were shown; without it the far end is made to wait after 256 KiB. */
  'terminals.acknowledge': Record<string, never>;
  'terminals.close': Record<string, never>;
  'prompts.list': { prompts: PromptView[] };
  'prompts.answer': Record<string, never>;
  'migrations.list': { migrations: MigrationSnapshot[] };
  'migrations.verdicts': { verdicts: DropVerdict[] };
  'migrations.review': { reviewId: string };
  /** Refused while the review is not done. */
  'migrations.recheck': Record<string, never>;
  'migrations.mend': Record<string, never>;
  'migrations.closeReview': Record<string, never>;
  /** Refused while the review is not done, cannot migrate, or lacks the typed consent that its mode needs. */
  'migrations.start': { migrationId: string };
  /** `accepted` is false when it is too late or over; the sentence says what happens instead. */
  'migrations.cancel': { accepted: boolean; sentence: string };
  'migrations.tune': { accepted: boolean; sentence: string };
  'migrations.postCopy': { accepted: boolean; sentence: string };
  'migrations.dismiss': Record<string, never>;
  /** The newest 500, or those before `older` of another answer. `problems` tells in sentences what could not be read. */
  'history.list': { items: HistoryItem[]; older: number | undefined; problems: string[] };
  'history.receipt': { receipt: Receipt };
}

/** Everything but `doctor.get` is answered once it has begun; the event `doctor` tells how it goes. */
type DoctorResponses = {
  [C in keyof typeof doctorRequests]: C extends 'doctor.get'
    ? { doctor: DoctorSnapshot }
    : Record<string, never>;
};

/** Answered once it is done; the event `authorities` tells what has become of them. */
type AuthorityResponses = {
  [C in keyof typeof authorityRequests]: C extends 'authorities.get'
    ? { authorities: AuthoritiesSnapshot }
    : Record<string, never>;
};

/** Work is answered once it has begun; the event `certificates` tells how it goes. */
type CertificateResponses = {
  [C in keyof typeof certificateRequests]: C extends 'certificates.get'
    ? { certificates: CertificatesSnapshot }
    : Record<string, never>;
};

/** Everything but `wizard.get` is answered once it has begun; the event `wizard` tells how it goes. */
type WizardResponses = {
  [C in keyof typeof wizardRequests]: C extends 'wizard.get'
    ? { wizard: WizardSnapshot }
    : Record<string, never>;
};

/**
 * Snapshots with a generation number; a burst is coalesced to the newest. `guests` carries changes instead, and what
 * terminals say is neither coalesced nor sent to any other client.
 */
export interface Events extends TerminalEvents {
  host: HostState;
  /** Those of a burst are merged, never dropped. */
  guests: GuestChanges;
  hostRemoved: { hostId: string };
  prompt: PromptView;
  promptClosed: { promptId: string };
  review: ReviewSnapshot;
  migration: MigrationSnapshot;
  migrationDismissed: { migrationId: string };
  /** A migration has ended and is in the history. */
  history: HistoryItem;
  doctor: DoctorSnapshot;
  authorities: AuthoritiesSnapshot;
  certificates: CertificatesSnapshot;
  wizard: WizardSnapshot;
}

export type EventName = keyof Events;

/** A refusal or failure as it crosses to the screen: never a stack, never a secret. */
export interface WireError {
  code: string;
  message: string;
  side: string | undefined;
  remedy: string | undefined;
}

export type Reply<C extends Command> = { ok: true; value: Responses[C] } | { ok: false; error: WireError };

/** Who asks: what belongs to one client of the screen and ends with it. */
export interface ClientContext {
  terminals: TerminalDesk;
}

/** Every command has exactly one handler; a missing one does not compile. */
export type Handlers = {
  [C in Command]: (request: Request<C>, client: ClientContext) => Promise<Responses[C]>;
};
