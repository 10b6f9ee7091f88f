import { BadInputError } from '../../common/errors.ts';
import type { Credentials, SaslMechanism } from './sasl-mechanism.ts';

/** PLAIN (RFC 4616): the password as it is. Whoever makes one has seen to it that the transport is encrypted. */
export class Plain implements SaslMechanism {
  readonly name = 'PLAIN';
  readonly user: string;
  readonly #password: string;

  constructor({ user, password }: Credentials) {
    if (`${user}${password}`.includes('\0')) {
      throw new BadInputError('bad-credentials', 'A user name or password must not have a NUL character.');
    }
    this.user = user;
    this.#password = password;
  }

  start(): Promise<Uint8Array> {
    return Promise.resolve(Buffer.from(`\0${this.user}\0${this.#password}`));
  }

  step(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(0));
  }

  complete(): undefined {
    // The server proves nothing in this mechanism; the transport did.
  }

  dispose(): void {
    // Nothing is held.
  }
}
