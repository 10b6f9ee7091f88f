import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { LoginClock } from '../../../../electron/libvirt/auth/login-clock.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('runs out for the daemon, not for a person', async () => {
  using clock = new LoginClock(5000);
  vi.advanceTimersByTime(4000);
  const answer = Promise.withResolvers<string>();
  const asked = clock.pausedWhile(() => answer.promise);
  vi.advanceTimersByTime(3_600_000);
  expect(clock.signal.aborted).toBe(false);
  answer.resolve('fred');
  expect(await asked).toBe('fred');
  vi.advanceTimersByTime(4999);
  expect(clock.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(clock.signal.aborted).toBe(true);
  expect(clock.outerSignal.aborted).toBe(false);
});

it('stops waiting for an answer when the caller gives up', async () => {
  const stop = new AbortController();
  using clock = new LoginClock(5000, stop.signal);
  const asked = clock.pausedWhile(() => new Promise(() => undefined));
  stop.abort();
  await expect(asked).rejects.toMatchObject({ code: 'call-abandoned', outcome: 'not-sent' });
  await expect(clock.pausedWhile(() => new Promise(() => undefined))).rejects.toMatchObject({
    code: 'call-abandoned',
  });
});

it('leaves no timer behind', () => {
  new LoginClock(5000)[Symbol.dispose]();
  expect(vi.getTimerCount()).toBe(0);
});
