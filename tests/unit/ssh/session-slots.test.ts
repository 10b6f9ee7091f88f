import { describe, expect, it, vi } from 'vitest';
import { SessionSlots } from '../../../electron/ssh/session-slots.ts';

const never = new AbortController().signal;
const isRefusal = (error: unknown): boolean => error instanceof Error && error.message === 'no more sessions';

describe('the sessions of a connection', () => {
  it('wait for a free slot', async () => {
    const slots = new SessionSlots();
    let open = 0;
    let most = 0;
    const use = async (): Promise<void> => {
      const { release } = await slots.open(() => Promise.resolve(open++), isRefusal, never);
      most = Math.max(most, open);
      await Promise.resolve();
      open--;
      release();
      release();
    };
    await Promise.all(Array.from({ length: 50 }, use));
    expect(most).toBe(8);
    expect(open).toBe(0);
  });

  it('try again when the server refuses one more than it allows', async () => {
    const slots = new SessionSlots();
    let open = 0;
    const openOne = (): Promise<number> =>
      open >= 2 ? Promise.reject(new Error('no more sessions')) : Promise.resolve(++open);
    const first = await slots.open(openOne, isRefusal, never);
    await slots.open(openOne, isRefusal, never);
    const third = slots.open(openOne, isRefusal, never);
    open--;
    first.release();
    await expect(third).resolves.toMatchObject({ session: 2 });
  });

  it('report a refusal when no other session is open', async () => {
    const slots = new SessionSlots();
    await expect(
      slots.open(() => Promise.reject(new Error('no more sessions')), isRefusal, never),
    ).rejects.toThrow('no more sessions');
  });

  it('are waited for also while those that were let in are still being set up', async () => {
    vi.useFakeTimers();
    try {
      const slots = new SessionSlots();
      const { promise, resolve } = Promise.withResolvers<number>();
      const first = slots.open(() => promise, isRefusal, never);
      let isFull = true;
      const second = slots.open(
        () => (isFull ? Promise.reject(new Error('no more sessions')) : Promise.resolve(2)),
        isRefusal,
        never,
      );
      await vi.advanceTimersByTimeAsync(10_000);
      resolve(1);
      isFull = false;
      (await first).release();
      await expect(second).resolves.toMatchObject({ session: 2 });
    } finally {
      vi.useRealTimers();
    }
  });

  it('leave the queue when cancelled, without taking the turn of another', async () => {
    const slots = new SessionSlots();
    const held = await Promise.all(
      Array.from({ length: 8 }, () => slots.open(() => Promise.resolve(0), isRefusal, never)),
    );
    const abort = new AbortController();
    const cancelled = slots.open(() => Promise.resolve(1), isRefusal, abort.signal);
    const patient = slots.open(() => Promise.resolve(2), isRefusal, never);
    abort.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'ssh-cancelled' });
    held[0]?.release();
    await expect(patient).resolves.toMatchObject({ session: 2 });
  });
});
