import { randomBytes } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJsonLine } from './append-lines.ts';
import { livenessOf, ownMark, processMark, type Liveness } from './process-mark.ts';

/** Who owns a thing now; of a claim that cannot be read, nothing is known. */
export interface Owner {
  pid: number | undefined;
  machine: string | undefined;
  liveness: Exclude<Liveness, 'dead'>;
  /** The file that says so. */
  path: string;
}

export interface Claim {
  /** Never rejects: a claim that cannot be removed ends with its process. */
  release(): Promise<void>;
}

/**
 * Who owns `name`, one process at a time, by files in a folder: `NAME.owner.1`, `NAME.owner.2` and so on.
 *
 * A claim lasts as long as its process. Whoever finds all of them dead makes the next number, which only one can; no
 * claim of another is ever removed, so that two who find the same dead owner cannot both take its place.
 */
export class OwnerClaims {
  readonly #folder: string;
  readonly #prefix: string;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#prefix = `${name}.owner.`;
  }

  /** `undefined` where nobody does. @throws what the system says of the folder. */
  async owner(): Promise<Owner | undefined> {
    return (await this.#look()).owner;
  }

  /** @returns the claim, or who has it. @throws what the system says of the folder. */
  async take(): Promise<{ claim: Claim } | { owner: Owner }> {
    for (;;) {
      const { owner, next } = await this.#look();
      if (owner !== undefined) return { owner };
      const path = this.#path(next);
      if (await tryMake(path)) return { claim: { release: () => remove(path) } };
    }
  }

  /** Takes away what dead processes left, once there is nothing to own any more. */
  async clear(): Promise<void> {
    for (const number of await this.#numbers()) await remove(this.#path(number));
  }

  async #look(): Promise<{ owner: Owner | undefined; next: number }> {
    const numbers = await this.#numbers();
    for (const number of numbers) {
      const owner = await ownerBy(this.#path(number));
      if (owner !== undefined) return { owner, next: number };
    }
    return { owner: undefined, next: Math.max(0, ...numbers) + 1 };
  }

  async #numbers(): Promise<number[]> {
    const names = await readdir(this.#folder);
    return names
      .filter((name) => name.startsWith(this.#prefix))
      .map((name) => Number(name.slice(this.#prefix.length)))
      .filter((number) => Number.isSafeInteger(number) && number > 0);
  }

  #path(number: number): string {
    return join(this.#folder, this.#prefix + String(number));
  }
}

/** `undefined` for a claim of a dead process, or one that was given back meanwhile. */
async function ownerBy(path: string): Promise<Owner | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const read = processMark.safeParse(parseJsonLine(text));
  if (!read.success) return { pid: undefined, machine: undefined, liveness: 'elsewhere', path };
  const { pid, machine } = read.data;
  const liveness = await livenessOf(read.data);
  return liveness === 'dead' ? undefined : { pid, machine, liveness, path };
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** The file appears with its content or not at all. @returns false where there is one already */
async function tryMake(path: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  await writeFile(draft, JSON.stringify(await ownMark()), { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
