import { ViaductError } from '../../common/errors.ts';

/** `truncated`, `limit`, `invalid` and `left-over` are about bytes that came in; `range` about a value we were to send. */
export type XdrErrorKind = 'truncated' | 'limit' | 'invalid' | 'left-over' | 'range';

/** Bytes that are not what the protocol definition says, or a value that it has no room for. */
export class XdrError extends ViaductError {
  readonly kind: XdrErrorKind;

  constructor(kind: XdrErrorKind, message: string) {
    super(`xdr-${kind}`, message);
    this.kind = kind;
  }
}
