import { z } from 'zod';
import { hops } from '../hop.ts';
import { phases } from '../outcome.ts';
import { forwardCalls, type MigrationEvent, recoveryActions } from '../state/migration-event.ts';
import type { MadeStorage } from '../storage/made-storage.ts';

const fault = z.strictObject({
  code: z.string(),
  side: z.enum(['source', 'destination', 'client']),
  phase: z.enum(phases),
  message: z.string(),
  remedy: z.string(),
  cause: z.string().exactOptional(),
  hop: z.enum(hops).exactOptional(),
});

const call = z.enum([...forwardCalls, 'finish-cancelled', 'confirm-cancelled', 'move', ...recoveryActions]);

const hostTruth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('unreachable'), message: z.string() }),
  z.strictObject({ kind: z.literal('absent') }),
  z.strictObject({
    kind: z.literal('present'),
    state: z.number().int(),
    reason: z.number().int(),
    persistent: z.boolean(),
  }),
]);

const truth = z.strictObject({
  source: hostTruth,
  destination: hostTruth,
  atWork: z.boolean().exactOptional(),
  destinationHasRun: z.boolean(),
});

/** Those that a run writes down: being interrupted is seen by the next, and what could not be written stands nowhere. */
export type WrittenEvent = Exclude<MigrationEvent, { type: 'interrupted' | 'unwritten' }>;

const event: z.ZodType<WrittenEvent> = z.union([
  z.strictObject({ type: z.literal('calling'), call }),
  z.strictObject({ type: z.literal('replied'), call: z.literal('begin'), guestWasPaused: z.boolean() }),
  z.strictObject({ type: z.literal('replied'), call: call.exclude(['begin']) }),
  z.strictObject({ type: z.literal('failed'), call, fault }),
  z.strictObject({ type: z.literal('rejected'), fault }),
  z.strictObject({ type: z.literal('lost'), side: z.enum(['source', 'destination']), fault }),
  z.strictObject({ type: z.literal('relay-broke'), fault }),
  z.strictObject({ type: z.literal('stalled'), fault }),
  z.strictObject({ type: z.literal('cancel'), fault: fault.exactOptional() }),
  z.strictObject({ type: z.enum(['switching', 'switch-refused', 'gave-up']) }),
  z.strictObject({ type: z.literal('observed'), truth }),
]);

const made = z.enum(['intended', 'made']);
const storage: z.ZodType<MadeStorage> = z.union([
  z.strictObject({
    state: made,
    kind: z.literal('pool'),
    name: z.string(),
    path: z.string(),
    uuid: z.uuid(),
  }),
  z.strictObject({
    state: made,
    kind: z.literal('volume'),
    name: z.string(),
    path: z.string(),
    in: z.union([z.strictObject({ pool: z.string() }), z.strictObject({ directory: z.string() })]),
  }),
]);

/** What a run writes down of itself, in the order in which it happened. */
export const journalEntry = z.discriminatedUnion('type', [
  /** Both hosts were asked before the first call, and this is what the run is about. */
  z.strictObject({
    type: z.literal('opened'),
    changeProtection: z.boolean(),
    undefineSource: z.boolean(),
    guestWasPaused: z.boolean(),
    /** The destination had a definition of the guest before. */
    definedBefore: z.boolean(),
  }),
  z.strictObject({ type: z.literal('event'), event }),
  /** The destination's daemon told that the guest's processors were set going there. */
  z.strictObject({ type: z.literal('ran') }),
  /** Asked for, or made: before it is known that it was made, and after. */
  z.strictObject({ type: z.literal('storage'), item: storage }),
  /** Was not made after all, or has been taken away. */
  z.strictObject({
    type: z.literal('storage-gone'),
    kind: z.enum(['pool', 'volume']),
    name: z.string(),
    path: z.string(),
  }),
  /** A folder with a one-time identity is about to be made on the source. */
  z.strictObject({
    type: z.literal('identity'),
    folder: z.string().regex(/^\/run\/viaduct-once-[0-9a-f]{24}$/),
  }),
  z.strictObject({ type: z.literal('identity-gone') }),
  /** After what drove the run was killed, or had to leave it to a person, another process goes on with it. */
  z.strictObject({ type: z.literal('taken-up'), fault }),
  /** About to be put into the history; the run's own id is that of its first receipt. */
  z.strictObject({ type: z.literal('receipt'), id: z.uuid() }),
  /** The run is settled, and in the history where that could be written. */
  z.strictObject({ type: z.literal('ended') }),
]);
export type JournalEntry = z.infer<typeof journalEntry>;

/** A line after the header. */
export const journalRecord = z.strictObject({
  /** From 1, without a gap. */
  n: z.number().int().positive(),
  at: z.iso.datetime(),
  entry: journalEntry,
});
export type JournalRecord = z.infer<typeof journalRecord>;
