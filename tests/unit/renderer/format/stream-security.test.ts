import { describe, expect, it } from 'vitest';
import { protectionOf, weakest } from '../../../../renderer/format/stream-security.ts';

const verified = { encrypted: true, authenticated: true };
const unverified = { encrypted: true, authenticated: false };
const clear = { encrypted: false, authenticated: false };

describe('protectionOf', () => {
  it('never calls an unencrypted stream protected, whoever is authenticated', () => {
    expect(protectionOf({ encrypted: false, authenticated: true })).toBe('clear');
  });

  it('tells encrypted from encrypted and verified', () => {
    expect([protectionOf(verified), protectionOf(unverified)]).toEqual(['verified', 'unverified']);
  });
});

describe('weakest', () => {
  it('is as good as the worst of the streams that share a way', () => {
    expect(weakest([verified, unverified])).toBe('unverified');
    expect(weakest([verified, clear, unverified])).toBe('clear');
    expect(weakest([verified, verified])).toBe('verified');
  });

  it('makes no claim where nothing travels', () => {
    expect(weakest([])).toBeUndefined();
  });
});
