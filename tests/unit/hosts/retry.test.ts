import { describe, expect, it } from 'vitest';
import { BadInputError, ViaductError } from '../../../electron/common/errors.ts';
import { isWorthRetrying } from '../../../electron/hosts/retry.ts';

describe('isWorthRetrying', () => {
  it.each([
    [new ViaductError('ssh-unreachable', 'Nothing answers.'), true],
    [new ViaductError('ssh-link-lost', 'Gone.'), true],
    [new ViaductError('ssh-host-key-changed', 'Another key.'), false],
    [new ViaductError('ssh-auth-failed', 'Refused.'), false],
    [new ViaductError('auth-failed', 'Wrong password.'), false],
    [new ViaductError('tls-client-refused', 'Hung up.'), true],
    [new BadInputError('bad-uri', 'No URI.'), false],
    [new TypeError('a fault of ours'), false],
  ])('%s: %s', (error, expected) => expect(isWorthRetrying(error)).toBe(expected));
});
