import { z } from 'zod';
import { operations } from '../../common/host/root-shell.ts';
import { fileEdit } from '../config/file-edit.ts';

const digest = z.union([z.literal('absent'), z.string().regex(/^[0-9a-f]{64}$/)]);
const path = z.string().regex(/^\/[^\0\n]{1,4095}$/);
const operation = z.strictObject({
  operation: z.enum(operations),
  args: z.array(z.string().max(4096)),
});
export type RootOperation = z.infer<typeof operation>;

/** A file is replaced by itself with an edit made. Its content stays on the host. */
const fileStep = z.strictObject({
  kind: z.literal('file'),
  path,
  mode: z.number().int(),
  uid: z.number().int(),
  gid: z.number().int(),
  before: digest,
  after: digest,
  edit: fileEdit,
});

/** Operations that may each be repeated, with those that take them back. */
const commandStep = z.strictObject({
  kind: z.literal('command'),
  apply: z.array(operation),
  revert: z.array(operation),
  /** Files that a program changes on the way; they are kept, and put back as they were. */
  touches: z.array(path),
  /** It makes a daemon read its files again, so it is taken back when those are the old ones. */
  revertLast: z.boolean(),
});

/** One change of a host, as the journal has it. */
export const setupStep = z.discriminatedUnion('kind', [fileStep, commandStep]);
export type SetupStep = z.infer<typeof setupStep>;
export type FileStep = z.infer<typeof fileStep>;
export type CommandStep = z.infer<typeof commandStep>;

/** What has to be true when all is done. */
export const selfTest = z.strictObject({
  /** A port on which the daemon is to listen. */
  listensOn: z.number().int().optional(),
});
export type SelfTest = z.infer<typeof selfTest>;
