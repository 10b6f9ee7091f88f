import { messageOf, ViaductError } from '../common/errors.ts';
import type { TerminalSize, TerminalSource } from './terminal-source.ts';

/** Sent to the screen and not acknowledged by it; above it nothing more is read from the far end. */
export const windowBytes = 256 * 1024;
/** The largest piece that is sent at once. */
const pieceBytes = 32 * 1024;
/** What may wait to be written to a far end that does not take it. */
const maxUnwrittenBytes = 1024 * 1024;

export interface TerminalObserver {
  opened(): void;
  data(bytes: Uint8Array): void;
  /** Once, last. `code` is that of the error when it ended by one. */
  ended(ending: { sentence: string; remedy: string | undefined; code: string | undefined }): void;
}

export type OpenSource = (size: TerminalSize, signal: AbortSignal) => Promise<TerminalSource>;

/** One terminal from the request to open it to its end: bytes in order both ways, no more under way than fits. */
export class Terminal {
  readonly #observer: TerminalObserver;
  readonly #stop = new AbortController();
  readonly #run: Promise<void>;
  #source: TerminalSource | undefined;
  #size: TerminalSize;
  #unacknowledgedBytes = 0;
  #unwrittenBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #acknowledged: (() => void) | undefined;

  constructor(open: OpenSource, size: TerminalSize, observer: TerminalObserver) {
    this.#size = size;
    this.#observer = observer;
    this.#run = this.#live(open);
  }

  /**
   * Resolves when the far end has taken it.
   *
   * @throws ViaductError `terminal-not-open` before it is open, `terminal-stalled` when too much waits already
   */
  write(bytes: Uint8Array): Promise<void> {
    const source = this.#source;
    if (!source) throw new ViaductError('terminal-not-open', 'The terminal is not open.');
    if (this.#unwrittenBytes + bytes.length > maxUnwrittenBytes) {
      throw new ViaductError('terminal-stalled', 'The other side does not take what is typed.');
    }
    this.#unwrittenBytes += bytes.length;
    const written = this.#writing
      .then(() => source.write(bytes))
      .finally(() => (this.#unwrittenBytes -= bytes.length));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    this.#source?.resize(size);
  }

  acknowledge(bytes: number): void {
    this.#unacknowledgedBytes = Math.max(0, this.#unacknowledgedBytes - bytes);
    this.#acknowledged?.();
  }

  /** Ends it; the observer hears nothing more but the end. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#acknowledged?.();
    await this.#source?.close();
    await this.#run;
  }

  async #live(open: OpenSource): Promise<void> {
    try {
      const source = await open(this.#size, this.#stop.signal);
      this.#source = source;
      source.resize(this.#size);
      if (this.#stop.signal.aborted) await source.close();
      else this.#observer.opened();
      await this.#carry(source);
      const sentence = this.#stop.signal.aborted ? 'Closed.' : await source.ending();
      await this.#letGo();
      this.#observer.ended({ sentence, remedy: undefined, code: undefined });
    } catch (error) {
      await this.#letGo();
      const { code, remedy } =
        error instanceof ViaductError ? error : { code: 'internal', remedy: undefined };
      this.#observer.ended({ sentence: messageOf(error), remedy, code });
    }
  }

  async #letGo(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    await source?.close();
  }

  async #carry(source: TerminalSource): Promise<void> {
    for await (const chunk of source.output) {
      for (let offset = 0; offset < chunk.length; offset += pieceBytes) {
        while (this.#unacknowledgedBytes >= windowBytes && !this.#stop.signal.aborted) {
          await new Promise<void>((resolve) => (this.#acknowledged = resolve));
        }
        if (this.#stop.signal.aborted) return;
        const piece = chunk.slice(offset, offset + pieceBytes);
        this.#unacknowledgedBytes += piece.length;
        this.#observer.data(piece);
      }
      if (this.#stop.signal.aborted) return;
    }
  }
}
