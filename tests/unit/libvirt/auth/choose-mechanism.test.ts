import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { rankMechanisms, readMechanisms } from '../../../../electron/libvirt/auth/choose-mechanism.ts';

const everything = ['PLAIN', 'ANONYMOUS', 'DIGEST-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256', 'GSSAPI'];
const rank = (offered: readonly string[], transportEncrypted: boolean, method?: string) =>
  rankMechanisms('alpha', offered, { transportEncrypted, method });

describe('the order of mechanisms', () => {
  it.each([
    [true, everything, undefined, ['GSSAPI', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'PLAIN']],
    [false, everything, undefined, ['GSSAPI', 'DIGEST-MD5', 'SCRAM-SHA-256', 'SCRAM-SHA-1']],
    [true, everything, 'sasl', ['GSSAPI', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5', 'PLAIN']],
    [true, everything, 'sasl.SCRAM-SHA-1', ['SCRAM-SHA-1']],
    [true, everything, 'sasl.PLAIN', ['PLAIN']],
    [true, ['PLAIN', 'X-OTHER'], undefined, ['PLAIN']],
  ])('encrypted: %s, offered %j, demanded %s: %j', (encrypted, offered, method, expected) => {
    expect(rank(offered, encrypted, method)).toEqual(expected);
  });

  it.each([
    [false, ['PLAIN'], undefined, 'auth-plain-refused', 'readably'],
    [false, everything, 'sasl.PLAIN', 'auth-plain-refused', 'readably'],
    [true, ['GSSAPI'], 'sasl.SCRAM-SHA-256', 'auth-unsupported', 'it offers GSSAPI'],
    [true, ['NTLM', 'OTP'], undefined, 'auth-unsupported', 'NTLM, OTP'],
    [true, [], undefined, 'auth-unsupported', 'none'],
  ])('encrypted: %s, offered %j, demanded %s: %s', (encrypted, offered, method, code, words) => {
    expect(() => rank(offered, encrypted, method)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringContaining(words) as string,
        remedy: expect.any(String) as string,
      }),
    );
  });

  it('never has PLAIN where somebody could read along, whatever is offered and demanded', () => {
    const demands = fc.constantFrom(undefined, 'sasl', 'sasl.PLAIN', 'sasl.GSSAPI');
    fc.assert(
      fc.property(fc.subarray(everything), demands, (offered, method) => {
        let ranked: readonly string[] = [];
        try {
          ranked = rank(offered, false, method);
        } catch {
          // Refused altogether.
        }
        expect(ranked).not.toContain('PLAIN');
      }),
    );
  });
});

it("reads the daemon's list, and nothing else from it", () => {
  expect(readMechanisms('GSSAPI,scram-sha-256 PLAIN')).toEqual(['GSSAPI', 'SCRAM-SHA-256', 'PLAIN']);
  expect(readMechanisms(`\u001b[31m,${'A'.repeat(50)},`)).toEqual([]);
  expect(readMechanisms('A,'.repeat(1000))).toHaveLength(50);
});
