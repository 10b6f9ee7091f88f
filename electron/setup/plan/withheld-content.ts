/**
 * The new content of a file that must not be written down anywhere else, because of a secret in it. Held in a private
 * field: it does not get into a journal, a log or an answer in JSON.
 */
export class WithheldContent {
  readonly #content: Uint8Array;

  constructor(content: Uint8Array) {
    this.#content = content;
  }

  reveal(): Uint8Array {
    return this.#content;
  }
}
