import { ViaductError } from '../common/errors.ts';

/** Something is wrong with an authority, its files or what it was asked to sign. The codes stand where they are thrown. */
export class PkiError extends ViaductError {}
