import { ViaductError } from '../../common/errors.ts';

/**
 * Certificates that are signed elsewhere could not be asked for, or not be taken. Codes `key-here`, `request-missing`,
 * `request-gone`, `answers-missing`, `answers-contradict`; in each case no certificate of a host has changed.
 */
export class ElsewhereError extends ViaductError {}
