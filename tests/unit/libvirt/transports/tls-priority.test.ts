import { getCiphers } from 'node:tls';

import { assert as assertProperty, array, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BadInputError } from '../../../../electron/common/errors.ts';
import { parseTlsPriority } from '../../../../electron/libvirt/transports/tls-priority.ts';

describe('tls_priority', () => {
  it.each([
    ['NORMAL', 'TLSv1.2', 'TLSv1.3'],
    ['NORMAL:-VERS-ALL:+VERS-TLS1.3', 'TLSv1.3', 'TLSv1.3'],
    ['SECURE128:-VERS-TLS-ALL:+VERS-TLS1.2', 'TLSv1.2', 'TLSv1.2'],
    ['normal:-vers-tls1.2', 'TLSv1.3', 'TLSv1.3'],
    ['NORMAL:!VERS-TLS1.3', 'TLSv1.2', 'TLSv1.2'],
    ['NORMAL:-VERS-SSL3.0:-VERS-TLS1.0:-VERS-TLS1.1', 'TLSv1.2', 'TLSv1.3'],
  ])('%s is %s to %s', (text, minVersion, maxVersion) => {
    expect(parseTlsPriority(text)).toEqual({ minVersion, maxVersion, ciphers: undefined, notes: [] });
  });

  it.each([
    [
      'SECURE256',
      /^TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:/,
      /AES128/,
    ],
    ['SUITEB192', /^TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES256-GCM-SHA384$/, /RSA/],
    ['NORMAL:-CHACHA20-POLY1305', /AES_128/, /CHACHA/],
    ['NORMAL:-CIPHER-ALL:+AES-128-GCM', /^TLS_AES_128_GCM_SHA256:/, /256-GCM|CHACHA/],
    ['NORMAL:-DHE-RSA', /ECDHE-RSA/, /(?<!EC)DHE-RSA/],
    ['NORMAL:-KX-ALL:+ECDHE-RSA', /ECDHE-RSA/, /ECDSA/],
  ])('%s narrows the ciphers', (text, has, hasNot) => {
    const { ciphers, notes } = parseTlsPriority(text);
    expect(ciphers).toMatch(has);
    expect(ciphers).not.toMatch(hasNot);
    expect(notes).toEqual([]);
  });

  it.each([
    ['NORMAL:+VERS-TLS1.0', '"+VERS-TLS1.0"'],
    ['LEGACY', '"LEGACY"'],
    ['@SYSTEM', '"@SYSTEM"'],
    ['NORMAL:%SERVER_PRECEDENCE:-MAC-ALL', '"%SERVER_PRECEDENCE", "-MAC-ALL"'],
    ['NORMAL:+ARCFOUR-128', '"+ARCFOUR-128"'],
  ])('%s has parts without effect, and says so', (text, named) => {
    const { minVersion, maxVersion, ciphers, notes } = parseTlsPriority(text);
    expect({ minVersion, maxVersion, ciphers }).toEqual({
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.3',
      ciphers: undefined,
    });
    expect(notes.join()).toContain(`${named} has no effect`);
  });

  it.each(['NORMAL:-VERS-ALL', 'NORMAL:-VERS-ALL:+VERS-TLS1.1', 'NORMAL:-CIPHER-ALL'])(
    '%s leaves nothing and is refused',
    (text) => {
      expect(() => parseTlsPriority(text)).toThrow(BadInputError);
    },
  );

  it('never allows what Node would not offer by itself, whatever it says', () => {
    const known = new Set(getCiphers().map((name) => name.toUpperCase()));
    const part = constantFrom(
      ...'NORMAL NONE LEGACY +VERS-TLS1.0 -VERS-ALL +VERS-TLS1.2 -VERS-TLS1.3 +3DES-CBC +NULL -AES-256-GCM +RSA -KX-ALL +ECDHE-RSA +ANON-DH %COMPAT'.split(
        ' ',
      ),
    );
    assertProperty(
      property(array(part, { maxLength: 6 }), (parts) => {
        try {
          const { minVersion, ciphers } = parseTlsPriority(parts.join(':'));
          expect(['TLSv1.2', 'TLSv1.3']).toContain(minVersion);
          for (const cipher of ciphers?.split(':') ?? []) {
            expect(known).toContain(cipher);
            expect(cipher).toMatch(/GCM|CHACHA20/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(BadInputError);
        }
      }),
    );
  });
});
