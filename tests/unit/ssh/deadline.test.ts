import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadline } from '../../../electron/ssh/deadline.ts';
import { SshError } from '../../../electron/ssh/errors.ts';

const tooLate = (): SshError => new SshError('ssh-unreachable', 'Too late.', { remedy: 'Hurry.' });

describe('a deadline', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('expires with its own error', () => {
    using deadline = new Deadline(1000, tooLate);
    vi.advanceTimersByTime(999);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.reason).toMatchObject({ code: 'ssh-unreachable' });
  });

  it('does not count the time a person takes to answer', async () => {
    using deadline = new Deadline(1000, tooLate);
    vi.advanceTimersByTime(600);
    const answer = Promise.withResolvers<string>();
    const asking = deadline.pausedWhile(() => answer.promise);
    vi.advanceTimersByTime(3_600_000);
    answer.resolve('yes');
    await expect(asking).resolves.toBe('yes');
    vi.advanceTimersByTime(399);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.aborted).toBe(true);
  });

  it('starts anew when the other side has answered', () => {
    using deadline = new Deadline(1000, tooLate);
    vi.advanceTimersByTime(900);
    deadline.renew();
    vi.advanceTimersByTime(999);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.aborted).toBe(true);
    deadline.renew();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends an open question when the caller cancels', async () => {
    const abort = new AbortController();
    using deadline = new Deadline(1000, tooLate, abort.signal);
    const asking = deadline.pausedWhile(() => new Promise(() => undefined));
    abort.abort();
    await expect(asking).rejects.toMatchObject({ code: 'ssh-cancelled' });
  });

  it('is over from the start when the caller cancelled before', () => {
    using deadline = new Deadline(1000, tooLate, AbortSignal.abort());
    expect(deadline.signal.reason).toMatchObject({ code: 'ssh-cancelled' });
  });

  it('leaves no timer behind once disposed', () => {
    new Deadline(1000, tooLate)[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });
});
