import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const program = new URL('huge-message.ts', import.meta.url).pathname;
const tooMuch = 'The message would take more than 60 MiB of memory.';
/** Without room to leave garbage lying about, so that what is measured is what is needed. */
const tightHeap = [
  '--max-semi-space-size=1',
  '--max-old-space-size=64',
  '--disable-warning=ExperimentalWarning',
];

describe.runIf(process.platform === 'linux')('a message of 32 MiB takes less than 64 MiB of memory', () => {
  it.each([
    ['a message that is only announced', 'is waited for', 1],
    [
      'statistics with as many parameters as fit',
      expect.stringMatching(/bytes more than its type/) as string,
      64,
    ],
    ['statistics of many guests with many parameters', tooMuch, 64],
    ['texts that are not UTF-8', tooMuch, 64],
    ['texts of 4 MiB', tooMuch, 64],
  ] as const)('%s', async (name, ending, mostMiB) => {
    const { stdout } = await promisify(execFile)(process.execPath, [...tightHeap, program, name]);
    const { tookMiB, ...rest } = JSON.parse(stdout) as { tookMiB: number; ending: string };
    expect(rest).toEqual({ ending });
    expect(tookMiB).toBeLessThan(mostMiB);
  });
});
