/**
 * A password on its way to where it is needed. It is a private field, so that it does not get into JSON, logs or
 * inspected objects by accident; `reveal` is called where it is written, and nowhere else.
 */
export class Password {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }
}
