import { expect, it } from 'vitest';
import { backoffMs, pause } from '../../../../electron/libvirt/reconnect/backoff.ts';

it('the longest pause grows from one second to half a minute', () => {
  const longest = [1, 2, 3, 4, 5, 6, 60].map((failures) => backoffMs(failures, () => 1));
  expect(longest).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

it('a pause is anything up to its longest', () => {
  expect([0, 0.25, 0.5].map((random) => backoffMs(3, () => random))).toEqual([0, 1000, 2000]);
});

it('a pause ends at once when its signal has fired', async () => {
  await pause(1_000_000, AbortSignal.abort());
});
