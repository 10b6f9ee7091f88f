import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { progressLine } from '../../../electron/cli/output/progress-bar.ts';
import { stalledAfterMs, StallWatch } from '../../../electron/engine/progress/stall.ts';
import { readJobFigures } from '../../../electron/engine/progress/job-stats.ts';
import { advance } from '../../../electron/engine/progress/progress.ts';

describe('a copy that stands still', () => {
  test('is seen before 20 seconds are over', () => {
    expect(stalledAfterMs).toBeLessThan(20_000);
  });

  test('is the source’s where no figures come', () => {
    const watch = new StallWatch(0);
    watch.answered(10, false, 5_000);
    expect(watch.at(19_999)).toBeUndefined();
    expect(watch.at(20_000)).toEqual({ what: 'figures', forMs: 15_000 });
  });

  test('is between the hosts where figures come and are always the same', () => {
    const watch = new StallWatch(0);
    for (let nowMs = 1_000; nowMs <= 16_000; nowMs += 1_000) watch.answered(10, false, nowMs);
    expect(watch.at(16_000)).toEqual({ what: 'data', forMs: 15_000 });
    watch.answered(11, false, 17_000);
    expect(watch.at(17_000)).toBeUndefined();
  });

  test('is not one that has nothing left to send', () => {
    const watch = new StallWatch(0);
    for (let nowMs = 0; nowMs <= 60_000; nowMs += 1_000) watch.answered(10, true, nowMs);
    expect(watch.at(60_000)).toBeUndefined();
  });

  test('is never told of one that sends a byte in time, however slowly', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: stalledAfterMs - 1 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(gaps, (waits) => {
        const watch = new StallWatch(0);
        let nowMs = 0;
        for (const [index, wait] of waits.entries()) {
          nowMs += wait;
          expect(watch.at(nowMs)).toBeUndefined();
          watch.answered(index + 1, false, nowMs);
        }
      }),
    );
  });

  test.each([
    ['data', 'STALLED: nothing has gone from the source to the destination for 17 s'],
    ['figures', 'STALLED: the source has not answered for 17 s'],
  ] as const)('is named in the line below which a person watches: %s', (what, words) => {
    const { progress } = advance(undefined, readJobFigures(new Map()), 0);
    expect(progressLine({ ...progress, stalled: { what, forMs: 17_000 } })).toContain(words);
  });
});
