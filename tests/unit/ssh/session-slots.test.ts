import { describe, expect, it } from 'vitest';
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
