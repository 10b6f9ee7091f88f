import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

/*
 * What stands in the argument lists and environments of all processes of this machine, the hosts' among them, since
 * they are containers. Run as a program, it looks as often as it can until its standard input ends.
 */

/** A process shows what it was forked from until it runs its own program: it is looked at anew for so many rounds. */
const rounds = 40;

function sample(texts: Set<string>, ages: Map<string, number>): void {
  const now = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const pid of now) {
    const age = ages.get(pid) ?? 0;
    ages.set(pid, age + 1);
    if (age >= rounds) continue;
    for (const file of ['cmdline', 'environ']) {
      try {
        texts.add(readFileSync(`/proc/${pid}/${file}`, 'latin1'));
      } catch {
        // It has ended.
      }
    }
  }
  for (const pid of ages.keys()) if (!now.includes(pid)) ages.delete(pid);
}

async function sampleUntilEnd(out: string): Promise<void> {
  const texts = new Set<string>();
  const ages = new Map<string, number>();
  const over = new AbortController();
  process.stdin.resume().on('end', () => over.abort());
  let samples = 0;
  while (!over.signal.aborted) {
    sample(texts, ages);
    samples += 1;
    await new Promise(setImmediate);
  }
  await writeFile(out, [`samples ${samples}`, ...texts].join('\n'), { encoding: 'latin1', mode: 0o600 });
}

export interface ProcessSampler {
  /** @returns everything that was seen, after a line with the count of samples */
  stop(): Promise<string>;
}

export function startSampler(out: string): ProcessSampler {
  const child = spawn(process.execPath, [import.meta.filename, out], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = once(child, 'close');
  return {
    stop: async () => {
      child.stdin.end();
      await ended;
      return readFileSync(out, 'latin1');
    },
  };
}

const [, program = '', out] = process.argv;
if (program === import.meta.filename && out !== undefined) await sampleUntilEnd(out);
