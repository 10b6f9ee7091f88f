import { z } from 'zod';
import type { Control } from '../control.ts';
import type { DataStream } from '../data-stream.ts';
import type { Finding } from '../finding.ts';
import type { Hop } from '../hop.ts';
import type { OutcomeError } from '../outcome.ts';
import type { Mode } from '../plan.ts';
import { streamConnectionSchema } from '../stream-connection.ts';

/*
 * What is kept of a migration once it has ended. Names of modes, streams, checks and options are taken as they stand: a
 * receipt outlives the version that wrote it, and is shown by others.
 */

const named = <T extends string>() => z.custom<T>((value) => typeof value === 'string');
const side = z.enum(['source', 'destination']);
const note = z.object({ side, text: z.string() });

const stream = z.object({
  name: named<DataStream['name']>(),
  path: z.string(),
  encrypted: z.boolean(),
  authenticated: z.boolean(),
  by: z.string(),
  evidence: z.string(),
  connections: z.array(streamConnectionSchema).exactOptional(),
});

const identity = z.object({
  side,
  what: z.string(),
  subject: z.string().exactOptional(),
  fingerprint: z.string().exactOptional(),
  evidence: z.string(),
});

const finding = z.object({
  id: z.string(),
  side: named<Finding['side']>(),
  level: z.enum(['ok', 'info', 'warning', 'error', 'unknown']),
  summary: z.string(),
  remedy: z.string().exactOptional(),
});

const error = z.object({
  code: z.string(),
  side: named<OutcomeError['side']>(),
  phase: named<OutcomeError['phase']>(),
  message: z.string(),
  remedy: z.string(),
  cause: z.string().exactOptional(),
  hop: named<Hop>().exactOptional(),
});

export const receiptSchema = z.object({
  /** Of this run; a UUID. */
  id: z.string().min(1).max(100),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outcome: z.enum(['migrated', 'failed', 'cancelled', 'refused', 'stuck']),
  guest: z.string(),
  /** Empty where the guest was not even found. */
  uuid: z.string(),
  source: z.string(),
  sourceUri: z.string(),
  destination: z.string(),
  destinationUri: z.string(),
  mode: named<Mode>(),
  control: named<Control>(),
  runningOn: z.enum(['source', 'destination', 'unknown']),
  totalMs: z.number(),
  /** Measured by the hosts at switchover; `null` where there was none, or no figure could be had. */
  downtimeMs: z.number().nullable(),
  /** Set where the definition of a guest that is shut off was moved: `runningOn` is then the host that has it. */
  offline: z.literal(true).exactOptional(),
  /** Set where it was not known yet whether the destination had dropped what was prepared there. */
  leftover: z.literal(true).exactOptional(),
  /** The data address, the address between the daemons, and the name looked for in the destination's certificate. */
  migrateUri: z.string().exactOptional(),
  dconnuri: z.string().exactOptional(),
  tlsName: z.string().exactOptional(),
  /** Those that differ from the default; mode and control stand above. */
  options: z.array(z.object({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) })),
  /** Whether the admin consented to data in the clear, for this run. */
  plaintextConsent: z.boolean(),
  streams: z.array(stream),
  /** The certificates and keys that the streams rest on. */
  identities: z.array(identity),
  /** What the checks found that was to be looked at, or forbade the run. */
  findings: z.array(finding),
  /** Made where the guest has moved, planned where that is not known; none where it stayed. */
  changes: z.array(note),
  cleanUp: z.array(note),
  /** What was made on the destination for copied disks. */
  storage: z
    .object({
      kept: z.array(z.string()),
      removed: z.array(z.string()),
      left: z.array(z.object({ path: z.string(), why: z.string() })),
    })
    .exactOptional(),
  error: error.exactOptional(),
});

/** The account of one migration that was asked for: what was used, how it ended, and how each thing is known. */
export type Receipt = z.infer<typeof receiptSchema>;
