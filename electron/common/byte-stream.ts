/**
 * A reliable, ordered, two-way stream of bytes: what every transport hands to whoever speaks a protocol over it.
 *
 * Reading is by async iteration, so a reader that stops pulling stalls the peer (backpressure). The iteration
 * ends when the peer closes in order, and throws when the stream breaks. It can be iterated once.
 */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  /** Resolves when the bytes were taken by the layer below; rejects when the stream is closed. */
  send(bytes: Uint8Array): Promise<void>;
  /** Closes both directions at once. Idempotent; never rejects. */
  close(): void;
  /** Settles once, after the last byte: `undefined` for an orderly end, else what broke the stream. */
  readonly closed: Promise<Error | undefined>;
}
