import { describe, expect, it } from 'vitest';
import { BadInputError, ViaductError } from '../../../electron/common/errors.ts';
import { isWorthRetrying, retryDelayMs } from '../../../electron/hosts/retry.ts';

describe('isWorthRetrying', () => {
  it.each([
    [new ViaductError('ssh-unreachable', 'Nothing answers.'), true],
    [new ViaductError('ssh-link-lost', 'Gone.'), true],
    [new ViaductError('ssh-host-key-changed', 'Another key.'), false],
    [new ViaductError('ssh-auth-failed', 'Refused.'), false],
    [new BadInputError('bad-uri', 'No URI.'), false],
    [new TypeError('a fault of ours'), false],
  ])('%s: %s', (error, expected) => expect(isWorthRetrying(error)).toBe(expected));
});

it('the pauses grow from one second to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 60].map(retryDelayMs)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});
