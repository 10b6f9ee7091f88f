import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../common/atomic-file.ts';
import { ViaductError } from '../common/errors.ts';

const fileSchema = z.strictObject({
  version: z.literal(1),
  hosts: z.array(
    z.strictObject({
      id: z.string().min(1),
      connectUri: z.string().min(1),
      readOnly: z.boolean().optional(),
    }),
  ),
});

export interface SavedHost {
  id: string;
  connectUri: string;
  readOnly?: boolean | undefined;
}

/** The hosts on the board, kept in `hosts.json` of the state folder. */
export class SavedHosts {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(home: string) {
    this.#path = join(home, 'hosts.json');
  }

  /** @throws ViaductError `hosts-file-unreadable` when there is a file that cannot be understood; it is left as it is. */
  async read(): Promise<SavedHost[]> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw this.#unreadable(error);
    }
    try {
      return fileSchema.parse(JSON.parse(text)).hosts;
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  /** Durable once it resolves. Writes follow each other in the order of the calls. */
  write(hosts: readonly SavedHost[]): Promise<void> {
    const text = `${JSON.stringify({ version: 1, hosts }, undefined, 2)}\n`;
    const write = () => writeFileAtomically(this.#path, text);
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }

  #unreadable(cause: unknown): ViaductError {
    return new ViaductError('hosts-file-unreadable', `The list of hosts in ${this.#path} cannot be read.`, {
      cause,
      side: 'client',
      remedy: 'Mend the file, or move it away to start with an empty board.',
    });
  }
}
