import { describe, expect, it } from 'vitest';
import { pauseText, receiptText, runsWhere } from '../../../../renderer/format/receipt.ts';
import { move, result } from '../samples.ts';

const names = { source: 'alpha', destination: 'beta' };

describe('runsWhere', () => {
  it.each([
    ['destination', 'web01 runs on beta.'],
    ['source', 'web01 runs on alpha.'],
    ['unknown', 'It is not known whether web01 runs, or where.'],
  ] as const)('says it for %s', (runningOn, sentence) => {
    expect(runsWhere(move({ result: result({ runningOn }) }), names)).toBe(sentence);
  });

  it('says nothing while the guest is on its way', () => {
    expect(runsWhere(move(), names)).toBeUndefined();
  });
});

describe('pauseText', () => {
  it('does not turn a missing figure into a zero', () => {
    expect([pauseText(187), pauseText(null)]).toEqual(['187 ms', 'not measured']);
  });
});

describe('receiptText', () => {
  it('says where the guest runs, how long it took and how each stream was protected', () => {
    const text = receiptText(move({ result: result() }), names);
    expect(text).toContain('web01 (uuid-web01): moved');
    expect(text).toMatch(/Runs on\s+beta/);
    expect(text).toMatch(/Started\s+2026-11-21 14:00:00/);
    expect(text).toMatch(/Ended\s+2026-11-21 14:00:19/);
    expect(text).toMatch(/Pause\s+187 ms/);
    expect(text).toContain('memory and device state: encrypted, both ends verified; alpha to tcp://beta');
    expect(text).toContain('- beta: web01 is defined on beta.');
  });

  it('keeps the code, the side and the remedy of a failure', () => {
    const error = {
      code: 'data-link-broke',
      side: 'source' as const,
      phase: 'perform' as const,
      message: 'The link broke.',
      remedy: 'Mend it.',
    };
    const text = receiptText(
      move({ result: result({ outcome: 'failed', runningOn: 'source', downtimeMs: null, error }) }),
      names,
    );
    expect(text).toContain('- The link broke. (data-link-broke, source, perform)');
    expect(text).toContain('- Mend it.');
    expect(text).toContain('Planned changes');
  });
});
