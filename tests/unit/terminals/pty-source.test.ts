import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensurePtyAddon } from '../../../build/pty-addon.ts';
import { runInPty } from '../../../electron/terminals/pty-source.ts';
import type { TerminalSource } from '../../../electron/terminals/terminal-source.ts';

const size = { columns: 80, rows: 24 };

function reader(source: TerminalSource): (text: string) => Promise<string> {
  const chunks = source.output[Symbol.asyncIterator]();
  let seen = '';
  return async (text) => {
    while (!seen.includes(text)) {
      const next = await chunks.next();
      if (next.done === true) throw new Error(`It ended after ${JSON.stringify(seen)}.`);
      seen += Buffer.from(next.value).toString();
    }
    return seen;
  };
}

async function rest(source: TerminalSource): Promise<string> {
  let seen = '';
  for await (const chunk of source.output) seen += Buffer.from(chunk).toString();
  return seen;
}

/** One that has ended may wait for its parent to take notice. */
function isRunning(pid: string): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('a program in a pty', () => {
  beforeAll(() => expect(ensurePtyAddon()).toBeUndefined());

  it('has a terminal of the size that was asked for, and follows its changes', async () => {
    const source = await runInPty(['sh', '-c', 'stty size; read x; stty size; read x'], size);
    const until = reader(source);
    await until('24 80');
    source.resize({ columns: 132, rows: 50 });
    await source.write(Buffer.from('\r'));
    await until('50 132');
    await source.close();
  });

  it.each([
    ['echo done', 'The session has ended.'],
    ['exit 3', 'sh ended with exit code 3.'],
    ['kill -TERM $$', 'sh was ended by SIGTERM.'],
  ])('says of "%s" how it ended', async (script, sentence) => {
    const source = await runInPty(['sh', '-c', script], size);
    await rest(source);
    expect(await source.ending()).toBe(sentence);
  });

  it('hands arguments over as they are', async () => {
    const source = await runInPty(['printf', '%s|', '$(id)', 'a b', '--', ';ls'], size);
    expect(await rest(source)).toContain('$(id)|a b|--|;ls|');
  });

  it('loses nothing to a reader that pauses', async () => {
    const source = await runInPty(['sh', '-c', 'seq 1 60000'], size);
    const chunks = source.output[Symbol.asyncIterator]();
    let seen = '';
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) break;
      seen += Buffer.from(next.value).toString();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen.trim().split('\r\n')).toHaveLength(60_000);
  });

  it('is gone after closing, with what it started, even where a hang-up does not end it', async () => {
    const source = await runInPty(['sh', '-c', "trap '' HUP; sleep 987 & echo $$ $!; wait; sleep 987"], size);
    const [own = '', child = ''] = /(\d+) (\d+)/.exec(await reader(source)('\n'))?.slice(1) ?? [];
    expect([own, child].filter(isRunning)).toHaveLength(2);
    await source.close();
    await expect.poll(() => [own, child].filter(isRunning)).toEqual([]);
  });

  it('says that a program is missing', async () => {
    const source = await runInPty(['/does/not/exist'], size).catch((error: unknown) => error);
    if (source instanceof Error) expect(source.message).toContain('/does/not/exist');
    else expect(await (source as TerminalSource).ending()).toMatch(/exit code/);
  });
});
