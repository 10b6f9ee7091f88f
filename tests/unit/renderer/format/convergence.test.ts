import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeConvergence } from '../../../../renderer/format/convergence.ts';
import { MiB, options, progress } from '../samples.ts';

describe('judgeConvergence', () => {
  it('waits for figures before it says anything about them', () => {
    expect(judgeConvergence(undefined, options)).toMatchObject({ kind: 'starting', leftMs: undefined });
    expect(judgeConvergence(progress({ totalBytes: 0 }), options).kind).toBe('starting');
  });

  it('divides what remains by the difference of both rates', () => {
    const judged = judgeConvergence(
      progress({ remainingBytes: 400 * MiB, bandwidthBps: 100 * MiB, dirtyRateBps: 20 * MiB }),
      options,
    );
    expect(judged).toMatchObject({
      kind: 'converging',
      sentence: 'Converging: about 5 s left.',
      leftMs: 5_000,
    });
  });

  it('does not call the first pass converging, nor a busy guest hopeless in it', () => {
    const judged = judgeConvergence(progress({ iteration: 1, dirtyRateBps: 300 * MiB }), options);
    expect(judged.kind).toBe('copying');
  });

  it('says that it does not converge once the guest writes as fast as the link carries', () => {
    const judged = judgeConvergence(progress({ dirtyRateBps: 100 * MiB }), options);
    expect(judged.kind).toBe('not converging');
    expect(judged.leftMs).toBeUndefined();
    expect(judged.options.length).toBeGreaterThan(0);
  });

  it('proposes only what has not been tried', () => {
    const judged = judgeConvergence(progress({ dirtyRateBps: 100 * MiB }), {
      ...options,
      autoConverge: true,
      bandwidthMiBps: 100,
    });
    expect(judged.options.join()).toContain('raise the limit of 100 MiB/s');
    expect(judged.options.join()).not.toContain('slowed down');
  });

  it('says that it switches over when nothing remains', () => {
    expect(judgeConvergence(progress({ remainingBytes: 0 }), options).kind).toBe('switching');
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
          );
          expect(leftMs === undefined || (leftMs >= 0 && Number.isFinite(leftMs))).toBe(true);
        },
      ),
    );
  });
});
