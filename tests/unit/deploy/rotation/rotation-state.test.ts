import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hostsLeft,
  rotationStage,
  type RotationStage,
} from '../../../../electron/deploy/rotation/rotation-state.ts';
import { unknownStanding, type HostStanding } from '../../../../electron/deploy/rotation/standing.ts';

const host = (trustsAll: boolean, trustsReplaced: boolean, hasMoved: boolean): HostStanding => ({
  ...unknownStanding('alpha', ''),
  problem: undefined,
  trustsAll,
  trustsReplaced,
  hasMoved,
});
const fresh = host(false, true, false);
const trusting = host(true, true, false);
const moved = host(true, true, true);
const ended = host(true, false, true);
const gone = unknownStanding('gone', 'it is off');

describe('the stage of a change of authority', () => {
  it.each<[string, HostStanding[], boolean, RotationStage]>([
    ['nobody was told', [fresh, fresh], false, 'trust'],
    ['one was not told', [trusting, fresh], false, 'trust'],
    ['one cannot be looked at', [trusting, gone], false, 'trust'],
    ['one cannot be looked at, the others have new certificates', [moved, gone], false, 'trust'],
    ['all trust both', [trusting, trusting], false, 'certificates'],
    ['one has new certificates', [moved, trusting], false, 'certificates'],
    ['all have', [moved, moved], false, 'finish'],
    ['there is no host', [], false, 'finish'],
    ['retired, and one was not told', [ended, moved], true, 'finish'],
    ['retired, and one cannot be looked at', [ended, gone], true, 'finish'],
    ['retired, and all were told', [ended, ended], true, 'done'],
  ])('%s', (_what, hosts, isRetired, stage) => {
    expect(rotationStage(hosts, isRetired)).toBe(stage);
  });

  const standing = fc.oneof(
    fc.constant(gone),
    fc
      .tuple(fc.boolean(), fc.boolean(), fc.boolean())
      .map(([trustsAll, trustsReplaced, hasMoved]) => host(trustsAll, trustsReplaced, hasMoved)),
  );

  it('lets nobody get certificates while one host may not trust them', () => {
    fc.assert(
      fc.property(fc.array(standing, { maxLength: 6 }), (hosts) => {
        const stage = rotationStage(hosts, false);
        const isSafe = hosts.every(({ problem, trustsAll }) => problem === undefined && trustsAll);
        expect(stage === 'certificates' || stage === 'finish').toBe(isSafe);
        expect(stage).not.toBe('done');
      }),
    );
  });

  it('has hosts left until the next one begins', () => {
    fc.assert(
      fc.property(fc.array(standing, { maxLength: 6 }), fc.boolean(), (hosts, isRetired) => {
        const stage = rotationStage(hosts, isRetired);
        const left = hostsLeft({ stage, hosts, clients: [] });
        if (stage === 'done') expect(left).toEqual([]);
        else if (stage !== 'finish' || isRetired) expect(left).not.toEqual([]);
      }),
    );
  });
});
