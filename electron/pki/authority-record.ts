import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { PkiError } from './pki-error.ts';

const recordSchema = z.strictObject({
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  /** Names of the authorities that this one takes the place of and whose certificates are still in use. */
  overlaps: z.array(z.string()),
  /** The authority whose place this one takes. */
  replaces: z.string().optional(),
});

/** What is known of an authority besides its certificate; `authority.json` in its folder. */
export type AuthorityRecord = z.infer<typeof recordSchema>;

export function recordText(record: AuthorityRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}

/** @throws {PkiError} `authority-damaged`, `authority-newer`. */
export async function readRecord(path: string): Promise<AuthorityRecord> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
    return recordSchema.parse(content);
  } catch (cause) {
    if (z.looseObject({ version: z.number().min(2) }).safeParse(content).success) {
      throw new PkiError('authority-newer', `${path} was written by a newer Viaduct.`, {
        cause,
        side: 'client',
        remedy: 'Use that version, or a later one, with this authority.',
      });
    }
    throw new PkiError('authority-damaged', `${path} cannot be read.`, {
      cause,
      side: 'client',
      remedy: 'Restore the folder of the authority from a backup.',
    });
  }
}
