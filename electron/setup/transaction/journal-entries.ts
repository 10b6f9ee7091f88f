import { z } from 'zod';
import { selfTest, setupStep } from './steps.ts';

const date = z.iso.datetime();
const digests = z.record(z.string(), z.union([z.literal('absent'), z.string().regex(/^[0-9a-f]{64}$/)]));
const index = z.number().int().nonnegative();

export const journalFormat = 'viaduct-setup-journal';
export const journalVersion = 1;

/** The first line: what is going to be done, before anything is. */
export const journalHeader = z.strictObject({
  format: z.literal(journalFormat),
  version: z.literal(journalVersion),
  id: z.string().regex(/^[0-9a-z-]{8,40}$/),
  at: date,
  host: z.string(),
  connectUri: z.string(),
  machineId: z.string(),
  changes: z.array(z.strictObject({ title: z.string(), step: setupStep })),
  selfTest,
});
export type JournalHeader = z.infer<typeof journalHeader>;

export const revertReasons = ['failed', 'cancelled', 'asked'] as const;
export type RevertReason = (typeof revertReasons)[number];

export const journalEntry = z.discriminatedUnion('type', [
  /** About to be done: from here on its effect may be on the host. */
  z.strictObject({ type: z.literal('begun'), at: date, step: index }),
  /** What the step is going to touch has been copied, and was this. */
  z.strictObject({ type: z.literal('kept'), at: date, step: index, files: digests }),
  z.strictObject({ type: z.literal('done'), at: date, step: index, touched: digests }),
  /** All is done, and the host was seen to work. */
  z.strictObject({ type: z.literal('applied'), at: date }),
  /** From here on everything is taken back. */
  z.strictObject({
    type: z.literal('reverting'),
    at: date,
    why: z.enum(revertReasons),
    error: z.string().optional(),
  }),
  /** About to be taken back; these of the files that it touched were changed by others since, and are left. */
  z.strictObject({
    type: z.literal('reverting-step'),
    at: date,
    step: index,
    foreign: z.array(z.string()),
  }),
  /** Its programs have run backwards: from here on only the files are put back, which they would change again. */
  z.strictObject({ type: z.literal('ran-back'), at: date, step: index }),
  z.strictObject({ type: z.literal('reverted'), at: date, step: index }),
  z.strictObject({ type: z.literal('ended'), at: date }),
]);
export type JournalEntry = z.infer<typeof journalEntry>;
