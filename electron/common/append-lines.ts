import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { ViaductError } from './errors.ts';

/**
 * Appends whole lines to a record; they are durable once it resolves.
 *
 * All of it is one write to the end of the file, so that two processes may append at the same time. `create` makes a
 * file that is not there, readable by its owner only.
 *
 * @throws {ViaductError} `record-cut-off` where only a part was written: the last line is then not whole.
 */
export async function appendLines(path: string, text: string, { create = false } = {}): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_APPEND | (create ? constants.O_CREAT : 0);
  const file = await open(path, flags, 0o600);
  try {
    const bytes = Buffer.from(text);
    const { bytesWritten } = await file.write(bytes);
    await file.sync();
    if (bytesWritten === bytes.length) return;
  } finally {
    await file.close();
  }
  throw new ViaductError('record-cut-off', `Only a part of an entry could be written to ${path}.`, {
    side: 'client',
    remedy: 'Make room on the disk that holds it.',
  });
}

/** The JSON value of a line; `undefined`, which no line can hold, for one that is damaged. */
export function parseJsonLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
