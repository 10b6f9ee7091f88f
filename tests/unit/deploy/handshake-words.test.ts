import { describe, expect, it } from 'vitest';
import { handshakeFinding } from '../../../electron/deploy/validate/handshake-words.ts';
import type { HandshakeOutcome } from '../../../electron/setup/handshakes/handshake-outcome.ts';

describe('what is said of it', () => {
  const tried = { stream: 'control', from: 'a.lab', to: 'b.lab', port: 16_514, listens: true } as const;

  it.each<[HandshakeOutcome, string, RegExp]>([
    [{ kind: 'agreed', asRoot: false }, 'ok', /accepted/],
    [{ kind: 'unreachable', because: 'timeout' }, 'error', /does not answer/],
    [{ kind: 'unreachable', because: 'name' }, 'error', /not known/],
    [
      { kind: 'client-refuses', reason: 'expired', said: '' },
      'error',
      /a\.lab does not accept the certificate of b\.lab: it has expired/,
    ],
    [
      { kind: 'server-refuses', reason: undefined, said: '' },
      'error',
      /b\.lab does not accept the certificate of a\.lab/,
    ],
    [{ kind: 'files', said: 'x' }, 'error', /missing/],
    [{ kind: 'not-tried', said: 'b.lab has no openssl' }, 'unknown', /no openssl/],
  ])('%j', (outcome, level, summary) => {
    const finding = handshakeFinding(tried, outcome);
    expect(finding).toMatchObject({ id: 'pki.control.handshake', level });
    expect(finding.summary).toMatch(summary);
    if (level !== 'ok') expect(finding.remedy).toMatch(/\.$/);
  });

  it('takes a host without a listener for one that is reached over SSH', () => {
    const finding = handshakeFinding(
      { ...tried, listens: false },
      { kind: 'unreachable', because: 'refused' },
    );
    expect(finding.level).toBe('warning');
  });
});
