import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ViaductError } from '../../../electron/common/errors.ts';
import { TerminalDesk, maxTerminals } from '../../../electron/terminals/terminal-desk.ts';
import { windowBytes, type OpenSource } from '../../../electron/terminals/terminal.ts';
import type { TerminalSource } from '../../../electron/terminals/terminal-source.ts';

const size = { columns: 80, rows: 24 };

/** A far end that says what it is told to, and remembers what it was sent. */
class FarEnd implements TerminalSource {
  read = 0;
  closed = false;
  written: string[] = [];
  sizes: unknown[] = [];
  #takes = Promise.resolve();
  #chunks: Uint8Array[] = [];
  #over = false;
  #wake: () => void = () => undefined;

  say(...chunks: (string | Uint8Array)[]): void {
    for (const chunk of chunks) this.#chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    this.#wake();
  }
  end(): void {
    this.#over = true;
    this.#wake();
  }
  refuse(): void {
    this.#takes = new Promise(() => undefined);
  }
  get output(): AsyncIterable<Uint8Array> {
    return this.#read();
  }
  async write(bytes: Uint8Array): Promise<void> {
    await this.#takes;
    this.written.push(Buffer.from(bytes).toString());
  }
  resize(to: unknown): void {
    this.sizes.push(to);
  }
  ending(): Promise<string> {
    return Promise.resolve('It was enough.');
  }
  close(): Promise<void> {
    this.closed = true;
    this.end();
    return Promise.resolve();
  }
  async *#read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.read += chunk.length;
        yield chunk;
      } else if (this.#over) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function desk() {
  const events: { event: string; payload: { terminalId: string; bytes?: Uint8Array; sentence?: string } }[] =
    [];
  const terminals = new TerminalDesk((event, payload) => events.push({ event, payload }));
  const text = () => events.map(({ payload }) => Buffer.from(payload.bytes ?? []).toString()).join('');
  const names = () => events.map(({ event }) => event);
  const until = async (condition: () => boolean) => {
    while (!condition()) await delay(1);
  };
  return { terminals, events, text, names, until };
}

const opens =
  (source: TerminalSource): OpenSource =>
  () =>
    Promise.resolve(source);

describe('a terminal', () => {
  it('carries bytes both ways in order and says why it ended', async () => {
    const { terminals, text, names, events, until } = desk();
    const far = new FarEnd();
    terminals.open('t', size, opens(far));
    await until(() => names().includes('terminalOpened'));
    far.say('one ', 'two ', 'three');
    await Promise.all(['a', 'b', 'c'].map((typed) => terminals.get('t').write(Buffer.from(typed))));
    await until(() => text() === 'one two three');
    expect(far.written).toEqual(['a', 'b', 'c']);
    terminals.get('t').resize({ columns: 100, rows: 30 });
    expect(far.sizes.at(-1)).toEqual({ columns: 100, rows: 30 });
    far.end();
    await until(() => names().includes('terminalEnded'));
    expect(events.at(-1)?.payload).toMatchObject({ terminalId: 't', sentence: 'It was enough.' });
    expect(far.closed).toBe(true);
    expect(() => terminals.get('t')).toThrow('no longer open');
  });

  it('reads no more than the window until the screen acknowledges', async () => {
    const { terminals, text, until } = desk();
    const far = new FarEnd();
    const chunk = new Uint8Array(64 * 1024).fill(120);
    far.say(...Array.from({ length: 32 }, () => chunk));
    terminals.open('t', size, opens(far));
    await until(() => text().length >= windowBytes);
    await delay(20);
    expect(text().length).toBe(windowBytes);
    expect(far.read).toBeLessThanOrEqual(windowBytes + chunk.length);
    terminals.get('t').acknowledge(64 * 1024);
    await until(() => text().length === windowBytes + 64 * 1024);
    while (text().length < 32 * chunk.length) {
      terminals.get('t').acknowledge(windowBytes);
      await delay(1);
    }
    await terminals.closeAll();
  });

  it('refuses more typing than waits already for a far end that takes none', async () => {
    const { terminals, names, until } = desk();
    const far = new FarEnd();
    far.refuse();
    terminals.open('t', size, opens(far));
    await until(() => names().includes('terminalOpened'));
    const terminal = terminals.get('t');
    for (let written = 0; written < 32; written += 1) void terminal.write(new Uint8Array(32 * 1024));
    expect(() => terminal.write(new Uint8Array(1))).toThrow('does not take');
    await terminals.closeAll();
  });

  it('is given up while it opens', async () => {
    const { terminals, names, events } = desk();
    let aborted = false;
    terminals.open('t', size, (_size, signal) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('given up'));
        });
      });
    });
    await terminals.close('t');
    expect(aborted).toBe(true);
    expect(names()).toEqual(['terminalEnded']);
    expect(events).toHaveLength(1);
  });

  it('that opens after it was closed is let go of at once', async () => {
    const { terminals, names } = desk();
    const far = new FarEnd();
    const { promise, resolve } = Promise.withResolvers<TerminalSource>();
    terminals.open('t', size, () => promise);
    const closed = terminals.close('t');
    resolve(far);
    await closed;
    expect(far.closed).toBe(true);
    expect(names()).toEqual(['terminalEnded']);
  });

  it('tells code and remedy of what kept it from opening', async () => {
    const { terminals, events, until } = desk();
    const busy = new ViaductError('console-busy', 'Taken.', { remedy: 'Take it over.' });
    terminals.open('t', size, () => Promise.reject(busy));
    await until(() => events.length === 1);
    expect(events[0]).toEqual({
      event: 'terminalEnded',
      payload: { terminalId: 't', sentence: 'Taken.', remedy: 'Take it over.', code: 'console-busy' },
    });
  });

  it('has an id of its own, and there are not too many', async () => {
    const { terminals } = desk();
    for (let index = 0; index < maxTerminals; index += 1)
      terminals.open(`t${index}`, size, opens(new FarEnd()));
    expect(() => terminals.open('t1', size, opens(new FarEnd()))).toThrow('already');
    expect(() => terminals.open('one more', size, opens(new FarEnd()))).toThrow('open already');
    await terminals.closeAll();
    expect(() => terminals.get('t1')).toThrow('no longer open');
  });
});
