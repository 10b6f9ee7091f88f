import { BadInputError, ViaductError } from '../common/errors.ts';

/** Failures that will be the same again until a person changes something. */
const needPerson = new Set([
  'ssh-host-key-unknown',
  'ssh-host-key-changed',
  'ssh-host-key-revoked',
  'ssh-auth-failed',
  'ssh-key-unreadable',
  'ssh-passphrase-needed',
  'ssh-bad-target',
  'ssh-cancelled',
]);

/** Whether trying again by itself can help. */
export function isWorthRetrying(error: unknown): boolean {
  return error instanceof ViaductError && !(error instanceof BadInputError) && !needPerson.has(error.code);
}

const longestDelayMs = 30_000;

/** 1 s, 2 s, 4 s and so on up to 30 s, after the given number of failures in a row. */
export function retryDelayMs(failures: number): number {
  return Math.min(longestDelayMs, 1000 * 2 ** Math.max(0, failures - 1));
}
