import { guestFailures } from './guest-failures.ts';
import type { KnownFailure } from './known-failure.ts';
import { networkFailures } from './network-failures.ts';
import { storageFailures } from './storage-failures.ts';
import { tlsFailures } from './tls-failures.ts';

/** The first that fits counts. The texts only choose words and remedy; no decision hangs on them. */
export const knownFailures: readonly KnownFailure[] = [
  ...tlsFailures,
  ...networkFailures,
  ...storageFailures,
  ...guestFailures,
];
