/** In characters. */
export interface TerminalSize {
  columns: number;
  rows: number;
}

/** The far end of a terminal: what it shows and where what is typed goes. */
export interface TerminalSource {
  /** Raw bytes as they come; not reading stalls the far end. Ends, without throwing, when the far end is gone. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes were taken. */
  write(bytes: Uint8Array): Promise<void>;
  /** Without effect where the far end has no notion of a size, as a serial line. */
  resize(size: TerminalSize): void;
  /** Why `output` ended, in one sentence; to be asked once it has. */
  ending(): Promise<string>;
  /** Lets go of the far end and of all that was opened for it. Idempotent; never rejects. */
  close(): Promise<void>;
}
