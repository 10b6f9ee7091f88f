import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, stateDir } from './layout.ts';

interface Note {
  /** The lab's state folder; without it the note is of a lab that is gone. */
  stateDir: string;
  /** Values from before the first of the labs. */
  before: Record<string, string>;
}

/** Post-copy: QEMU's unprivileged process must be allowed to open a userfaultfd. */
const wanted: Record<string, string> = { 'vm/unprivileged_userfaultfd': '1' };

/**
 * Kernel settings are of the whole machine, and every lab on it needs the same: each notes that it does, in a folder
 * that all labs share, and the last one to go puts back what was there before the first.
 */
export class SharedSysctls {
  readonly #stateDir: string;
  readonly #notesDir: string;
  readonly #procSys: string;
  readonly #ownNote: string;

  constructor(ownStateDir: string, notesDir: string, procSys: string) {
    this.#stateDir = ownStateDir;
    this.#notesDir = notesDir;
    this.#procSys = procSys;
    this.#ownNote = join(notesDir, encodeURIComponent(ownStateDir));
  }

  /** The state folder must be there already. */
  async set(): Promise<void> {
    const known = (await readNote(this.#ownNote)) ?? (await this.#notesOfOthers())[0];
    const before = known?.before ?? (await this.#currentValues());
    await mkdir(this.#notesDir, { recursive: true });
    // Before the change, so that a crash in between loses nothing.
    await writeFile(this.#ownNote, JSON.stringify({ stateDir: this.#stateDir, before } satisfies Note));
    await this.#write(wanted);
  }

  async restore(): Promise<void> {
    const own = await readNote(this.#ownNote);
    if (own === undefined) return;
    if ((await this.#notesOfOthers()).length === 0) await this.#write(own.before);
    await rm(this.#ownNote);
  }

  async #write(values: Record<string, string>): Promise<void> {
    for (const [name, value] of Object.entries(values)) await writeFile(join(this.#procSys, name), value);
  }

  async #currentValues(): Promise<Record<string, string>> {
    const entries = Object.keys(wanted).map(
      async (name) => [name, (await readFile(join(this.#procSys, name), 'utf8')).trim()] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  async #notesOfOthers(): Promise<Note[]> {
    const names = await readdir(this.#notesDir).catch(() => []);
    const files = names.map((name) => join(this.#notesDir, name)).filter((file) => file !== this.#ownNote);
    const notes = await Promise.all(files.map(readNote));
    return notes.filter((note) => note !== undefined).filter((note) => existsSync(note.stateDir));
  }
}

async function readNote(file: string): Promise<Note | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text === '' ? undefined : (JSON.parse(text) as Note);
}

export const sysctls = new SharedSysctls(stateDir, join(cacheDir, 'needs-sysctls'), '/proc/sys');
