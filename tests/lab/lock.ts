import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from './errors.ts';
import { stateDir } from './layout.ts';

/** Carries the token of the lock to the processes that its holder starts: they may use the lab too. */
const tokenVariable = 'VIADUCT_LAB_LOCK';
const lockFile = `${stateDir}.lock`;

interface Holder {
  pid: number;
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
    } else if (existsSync(`/proc/${holder.pid}`)) {
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

async function tryTake(purpose: string): Promise<AsyncDisposable | undefined> {
  const holder: Holder = { pid: process.pid, purpose, token: randomUUID() };
  const file = await open(lockFile, 'wx').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  await file.writeFile(JSON.stringify(holder));
  await file.close();
  process.env[tokenVariable] = holder.token;
  return {
    async [Symbol.asyncDispose]() {
      Reflect.deleteProperty(process.env, tokenVariable);
      await rm(lockFile, { force: true });
    },
  };
}
