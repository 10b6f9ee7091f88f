import { expect, it } from 'vitest';
import { LatePrepare } from '../../../electron/engine/run/late-prepare.ts';
import { defaultLimits } from '../../../electron/engine/run/limits.ts';
import { absent, calling, lost, ok, peerStart, replay, truths } from './state-events.ts';

const { settleMs } = defaultLimits;
const inDoubt = replay([...ok('begin'), calling('prepare'), lost('source'), lost('destination')]);

function watch(): { late: LatePrepare; pass: (ms: number) => void } {
  let nowMs = 1000;
  const clock = { nowMs: () => nowMs, sleep: () => Promise.resolve() };
  return { late: new LatePrepare(clock, defaultLimits), pass: (ms) => void (nowMs += ms) };
}

it('does not believe in nothing at once, where a call to prepare may still be taken up', () => {
  const { late, pass } = watch();
  expect(late.settled(inDoubt, absent).kind).toBe('unreachable');
  pass(settleMs - 1);
  expect(late.settled(inDoubt, absent).kind).toBe('unreachable');
  pass(1);
  expect(late.settled(inDoubt, absent)).toBe(absent);
});

it('begins again where something was there meanwhile', () => {
  const { late, pass } = watch();
  late.settled(inDoubt, absent);
  pass(settleMs);
  expect(late.settled(inDoubt, truths.held)).toBe(truths.held);
  expect(late.settled(inDoubt, absent).kind).toBe('unreachable');
});

it.each([
  [
    'the call was answered',
    replay([...ok('begin', 'prepare'), calling('perform'), lost('source'), lost('destination')]),
  ],
  ['the daemons move it by themselves', replay([calling('move'), lost('source')], peerStart)],
])('believes it where %s', (_when, state) => {
  expect(watch().late.settled(state, absent)).toBe(absent);
});
