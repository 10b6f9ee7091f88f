import { BadInputError } from '../common/errors.ts';

/** Node's OpenSSL takes no longer one to open an encrypted key. */
const maxBytes = 1024;

/**
 * A passphrase on its way to the cipher. It is a private field, so that it does not get into JSON, logs or
 * inspected objects by accident; `reveal` is called where a key is encrypted or opened, and nowhere else.
 */
export class Passphrase {
  readonly #text: string;

  /** @throws BadInputError `bad-passphrase` when it is empty, over 1024 bytes, or more than one line. */
  constructor(text: string) {
    if (text === '') throw badPassphrase('The passphrase is empty.');
    if (Buffer.byteLength(text) > maxBytes) {
      throw badPassphrase(`The passphrase is longer than ${maxBytes} bytes.`);
    }
    if (/[\r\n\0]/.test(text)) throw badPassphrase('The passphrase is more than one line.');
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }
}

function badPassphrase(message: string): BadInputError {
  return new BadInputError('bad-passphrase', message, {
    side: 'client',
    remedy: 'Choose a passphrase of one line.',
  });
}
