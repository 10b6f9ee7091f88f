import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DescribeWishes } from '../../../../renderer/state/describe-wishes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function wishes() {
  const asked: [string, string[]][] = [];
  return { asked, wishes: new DescribeWishes((hostId, uuids) => asked.push([hostId, uuids])) };
}

it('asks once for what is wished for in the same moment, by host', () => {
  const { asked, wishes: all } = wishes();
  for (const uuid of ['a', 'b', 'a']) all.add('alpha', uuid);
  all.add('beta', 'c');
  vi.runAllTimers();
  expect(asked).toEqual([
    ['alpha', ['a', 'b']],
    ['beta', ['c']],
  ]);
  all.add('alpha', 'a');
  vi.runAllTimers();
  expect(asked).toHaveLength(2);
});

it('never asks for more at once than the contract takes', () => {
  const { asked, wishes: all } = wishes();
  for (let index = 0; index < 450; index += 1) all.add('alpha', `u${index}`);
  vi.runAllTimers();
  expect(asked.map(([, uuids]) => uuids.length)).toEqual([200, 200, 50]);
});

it('asks again when the host was away', () => {
  const { asked, wishes: all } = wishes();
  all.add('alpha', 'a');
  vi.runAllTimers();
  all.forget('alpha');
  all.add('alpha', 'a');
  vi.runAllTimers();
  expect(asked).toHaveLength(2);
});
