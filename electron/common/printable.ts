/** Text from a host made safe to show: no control or direction-changing characters, at most `maxLength` long. */
export function printable(text: string, maxLength = 1000): string {
  return text
    .slice(0, maxLength)
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{C}\n\t]/gu, '');
}

/** The last `maxBytes` of what a command wrote to standard error, as printable text. */
export class OutputTail {
  readonly #maxBytes: number;
  #bytes = Buffer.alloc(0);

  constructor(maxBytes = 16 * 1024) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    const joined = Buffer.concat([this.#bytes, chunk]);
    this.#bytes = joined.length > this.#maxBytes ? Buffer.from(joined.subarray(-this.#maxBytes)) : joined;
  }

  text(): string {
    return printable(this.#bytes.toString('utf8'), this.#maxBytes).trim();
  }

  /** The last line, which is where programs say why they stopped. */
  lastLine(): string {
    return this.text().split('\n').at(-1)?.trim() ?? '';
  }
}
