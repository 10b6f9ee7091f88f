import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInputError, ViaductError } from '../../../electron/common/errors.ts';
import { handshakeFinding } from '../../../electron/deploy/validate/handshake-words.ts';
import type { HandshakeOutcome } from '../../../electron/setup/handshakes/handshake-outcome.ts';
import { findingOnScreen, problemOf } from '../../../electron/wizard/wizard-problem.ts';

describe('a problem', () => {
  it('has the code, the side, a remedy and what stands behind it', () => {
    const cause = new Error('install: cannot create regular file: No space left on device');
    const error = new ViaductError('host-command-failed', 'The file could not be written.', {
      cause,
      side: 'source',
      remedy: 'Make room.',
    });
    expect(problemOf(error, 'a')).toEqual({
      code: 'host-command-failed',
      message: 'The file could not be written.',
      side: 'source',
      remedy: 'Make room.',
      evidence: 'install: cannot create regular file: No space left on device',
      hostId: 'a',
    });
  });

  it('always has a remedy and a sentence, without control characters, of bounded length', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 6000 }),
        fc.string({ unit: 'binary', maxLength: 6000 }),
        (message, said) => {
          const { remedy, ...problem } = problemOf(new Error(message, { cause: new Error(said) }));
          expect(remedy).not.toBe('');
          expect(problem.message).not.toBe('');
          expect(problem.message.length).toBeLessThanOrEqual(1000);
          expect(problem.evidence?.length ?? 0).toBeLessThanOrEqual(4000);
          expect(`${problem.message}${problem.evidence ?? ''}`).not.toMatch(/[^\P{C}\n\t]/u);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('does not repeat in its evidence what its sentence says', () => {
    const cause = new Error('no route');
    expect(problemOf(new Error('It failed: no route', { cause })).evidence).toBeUndefined();
  });
});

const outcomes: HandshakeOutcome[] = [
  { kind: 'unreachable', because: 'refused' },
  { kind: 'unreachable', because: 'name' },
  { kind: 'unreachable', because: 'timeout' },
  { kind: 'files', said: 'no such file' },
  { kind: 'not-tried', said: 'no openssl' },
  ...(['name', 'expired', 'not-yet-valid', 'revoked', 'issuer', 'purpose', 'weak', 'other'] as const).flatMap(
    (reason): HandshakeOutcome[] => [
      { kind: 'client-refuses', reason, said: '' },
      { kind: 'server-refuses', reason, said: '' },
    ],
  ),
];

describe('remedies on the screen', () => {
  it.each(
    (['control', 'data'] as const).flatMap((stream) =>
      [true, false].flatMap((listens) => outcomes.map((outcome) => ({ stream, listens, outcome }))),
    ),
  )(
    'name no command where the wizard has a step: $stream $listens $outcome',
    ({ stream, listens, outcome }) => {
      const tried = { stream, from: 'alpha.lab', to: 'beta.lab', port: 16_514, listens };
      const { remedy } = findingOnScreen(handshakeFinding(tried, outcome));
      expect(remedy).toBeTruthy();
      expect(remedy).not.toMatch(/viaduct|--/);
      expect(remedy).toMatch(/^[A-Z].*\.$/s);
    },
  );

  it.each([
    [
      'Give the host its certificates first: viaduct pki deploy qemu+ssh://a/system',
      /put certificates on it/,
    ],
    ['viaduct pki deploy qemu+ssh://a/system', /^Put certificates on it/],
    [
      'To open its TLS port, run "viaduct host prepare" for a.lab.',
      /^Let the daemon of a\.lab listen at the step "Host changes"\.$/,
    ],
    [
      'Open port 1 of a.lab for its peers, then run "viaduct pki validate".',
      /then try again at the step "Proof"\.$/,
    ],
    ['Run "viaduct pki deploy" for a.lab.', /^Put new certificates on a\.lab at the step "Certificates"\.$/],
    ['See "viaduct pki status" for those that there are.', /view "Certificates"/],
  ])('%s', (remedy, words) => {
    expect(problemOf(new BadInputError('some', 'It is so.', { remedy })).remedy).toMatch(words);
  });
});
