import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeConvergence } from '../../../../renderer/format/convergence.ts';
import { MiB, options, progress, tuning } from '../samples.ts';

describe('judgeConvergence', () => {
  it('waits for figures before it says anything about them', () => {
    expect(judgeConvergence(undefined, options, tuning)).toMatchObject({
      kind: 'starting',
      leftMs: undefined,
    });
    expect(judgeConvergence(progress({ totalBytes: 0 }), options, tuning).kind).toBe('starting');
  });

  it('divides what remains by the difference of both rates', () => {
    const judged = judgeConvergence(
      progress({ remainingBytes: 400 * MiB, bandwidthBps: 100 * MiB, dirtyRateBps: 20 * MiB }),
      options,
      tuning,
    );
    expect(judged).toMatchObject({
      kind: 'converging',
      sentence: 'Converging: about 5 s left.',
      leftMs: 5_000,
    });
  });

  it('does not call the first pass converging, nor a busy guest hopeless in it', () => {
    const judged = judgeConvergence(progress({ iteration: 1, dirtyRateBps: 300 * MiB }), options, tuning);
    expect(judged.kind).toBe('copying');
  });

  it('says that it does not converge once the guest writes as fast as the link carries', () => {
    const judged = judgeConvergence(progress({ dirtyRateBps: 100 * MiB }), options, tuning);
    expect(judged.kind).toBe('not converging');
    expect(judged.leftMs).toBeUndefined();
    expect(judged.options.length).toBeGreaterThan(0);
  });

  it('proposes only what has not been tried', () => {
    const limited = { ...options, autoConverge: true, bandwidthMiBps: 100 };
    const judged = judgeConvergence(progress({ dirtyRateBps: 100 * MiB }), limited, tuning);
    expect(judged.remedies.map(({ label }) => label)).toEqual([
      'Lift the limit of 100 MiB/s',
      'Allow a pause of 1 s',
    ]);
    expect(judged.options.join()).not.toContain('slowed down');
  });

  it('proposes a pause that would do, and post-copy where it was allowed', () => {
    const slow = { ...progress({ dirtyRateBps: 100 * MiB }), expectedDowntimeMs: 3_400 };
    const allowed = { ...tuning, postCopy: { possible: true, sentence: '' } };
    expect(judgeConvergence(slow, options, allowed).remedies).toEqual([
      { does: 'tune', label: 'Allow a pause of 4 s', change: { maxDowntimeMs: 4_000 } },
      { does: 'post-copy', label: 'Switch to post-copy' },
    ]);
  });

  it.each([
    ['data', 'Stalled: nothing has gone from the source to the destination for 17 s.'],
    ['figures', 'Stalled: the source has not answered for 17 s.'],
  ] as const)('names what stands still: %s', (what, sentence) => {
    const stalled = { ...progress({ iteration: 1 }), stalled: { what, forMs: 17_400 } };
    const judged = judgeConvergence(stalled, options, tuning);
    expect(judged).toMatchObject({ kind: 'stalled', sentence, leftMs: undefined });
    expect(judged.options.length).toBeGreaterThan(0);
  });

  it('in post-copy tells how much memory still follows', () => {
    const fetching = { ...progress({ remainingBytes: 64 * MiB }), postCopyRequests: 12 };
    expect(judgeConvergence(fetching, options, tuning)).toMatchObject({
      kind: 'post-copy',
      sentence: expect.stringContaining('64 MiB of its memory still follow') as string,
    });
  });

  it('says that it switches over when nothing remains', () => {
    expect(judgeConvergence(progress({ remainingBytes: 0 }), options, tuning).kind).toBe('switching');
  });

  it('never gives a negative or endless time', () => {
    const rate = fc.integer({ min: 0, max: 10 ** 11 });
    fc.assert(
      fc.property(
        rate,
        rate,
        rate,
        fc.integer({ min: 0, max: 40 }),
        (bandwidth, dirty, remaining, iteration) => {
          const { leftMs } = judgeConvergence(
            progress({ bandwidthBps: bandwidth, dirtyRateBps: dirty, remainingBytes: remaining, iteration }),
            options,
            tuning,
          );
          expect(leftMs === undefined || (leftMs >= 0 && Number.isFinite(leftMs))).toBe(true);
        },
      ),
    );
  });
});
