import { describe, expect, it } from 'vitest';
import { minRsaBitsIn } from '../../../../../electron/engine/preflight/facts/key-policy.ts';

describe("a host's policy for keys", () => {
  it.each<[string, string, number]>([
    ['none', '', 1024],
    ['one without a word about keys', '[overrides]\ntls-disabled-mac = sha1\n', 1024],
    [
      'that of RHEL 9',
      '[global]\noverride-mode = allowlist\n\n[overrides]\nmin-verification-profile = medium\n',
      2048,
    ],
    ['written without spaces, in capitals', 'min-verification-profile=HIGH', 3072],
    ['the last of two', 'min-verification-profile = high\nmin-verification-profile = legacy', 1776],
    ['a comment', '# min-verification-profile = high', 1024],
    ['one lower than GnuTLS itself goes', 'min-verification-profile = very-weak', 1024],
    ['a word that nobody knows', 'min-verification-profile = enormous', 1024],
  ])('%s', (_what, policy, bits) => {
    expect(minRsaBitsIn(policy)).toBe(bits);
  });
});
