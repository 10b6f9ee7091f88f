import { createReadStream } from 'node:fs';

export interface NumberedLine {
  /** From 1. */
  number: number;
  /** `undefined` for a line that is longer than the limit. */
  text: string | undefined;
  /** False for a last line without its end: its writer did not get any further. */
  isWhole: boolean;
}

/**
 * The lines of a file in order, never more than one of them in memory. Of a file that is not there: none.
 *
 * @throws what the system says of a file that cannot be read.
 */
export async function* numberedLines(path: string, maxLineBytes: number): AsyncGenerator<NumberedLine> {
  let number = 1;
  let parts: Buffer[] = [];
  let bytes = 0;
  const take = (part: Buffer): void => {
    bytes += part.length;
    if (bytes <= maxLineBytes) parts.push(part);
  };
  const line = (isWhole: boolean): NumberedLine => {
    const text = bytes > maxLineBytes ? undefined : Buffer.concat(parts).toString('utf8');
    parts = [];
    bytes = 0;
    return { number: number++, text, isWhole };
  };
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
        take(chunk.subarray(start, end));
        yield line(true);
        start = end + 1;
      }
      if (start < chunk.length) take(chunk.subarray(start));
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  if (bytes > 0) yield line(false);
}
