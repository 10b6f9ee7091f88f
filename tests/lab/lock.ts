import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LabError } from './errors.ts';
import { stateDir } from './layout.ts';

/** Carries the token of the lock to the processes that its holder starts: they may use the lab too. */
export const tokenVariable = 'VIADUCT_LAB_LOCK';
const lockFile = `${stateDir}.lock`;

interface Holder {
  pid: number;
  /** Tells the process from a later one with the same number. */
  startedAt: string;
  purpose: string;
  token: string;
}

/**
 * Takes the lab for one run, so that two test runs do not pull it out from under each other. It is given back on
 * disposal; a holder that died holds nothing.
 *
 * @throws {LabError} `lab-busy`, naming the holder
 */
export async function takeLock(purpose: string): Promise<AsyncDisposable> {
  await mkdir(dirname(lockFile), { recursive: true });
  for (;;) {
    const holder = await readHolder();
    if (holder === undefined) {
      const taken = await tryTake(purpose);
      if (taken) return taken;
    } else if (holder.token === process.env[tokenVariable]) {
      return { [Symbol.asyncDispose]: () => Promise.resolve() };
    } else if ((await startOf(holder.pid)) === holder.startedAt) {
      throw new LabError('lab-busy', `The lab is in use: ${holder.purpose} (process ${holder.pid}).`);
    } else {
      await rm(lockFile, { force: true });
    }
  }
}

async function readHolder(): Promise<Holder | undefined> {
  const text = await readFile(lockFile, 'utf8').catch(() => '');
  return text === '' ? undefined : (JSON.parse(text) as Holder);
}

/** When a process was started, in clock ticks since boot (field 22 of proc(5) stat); `undefined` when there is none. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .at(19);
}

/** The file appears with its content or not at all: a link is made only where there is no file yet. */
async function tryTake(purpose: string): Promise<AsyncDisposable | undefined> {
  const startedAt = (await startOf(process.pid)) ?? '';
  const holder: Holder = { pid: process.pid, startedAt, purpose, token: randomUUID() };
  const draft = `${lockFile}.${holder.token}`;
  await writeFile(draft, JSON.stringify(holder));
  try {
    await link(draft, lockFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  } finally {
    await rm(draft);
  }
  process.env[tokenVariable] = holder.token;
  return {
    async [Symbol.asyncDispose]() {
      Reflect.deleteProperty(process.env, tokenVariable);
      await rm(lockFile, { force: true });
    },
  };
}
