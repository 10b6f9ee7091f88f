import { expect, it } from 'vitest';
import { stayAwakeWhileRunning } from '../../../electron/shell/stay-awake.ts';
import type { Backend } from '../../../electron/ipc/backend.ts';

type Listener = Parameters<Backend['subscribe']>[0];

it('holds once while anything runs, and anew for the next', () => {
  const told: string[] = [];
  let running = 0;
  let listener: Listener | undefined;
  stayAwakeWhileRunning(
    {
      running: () => running,
      subscribe: (given) => {
        listener = given;
        return () => undefined;
      },
    },
    () => {
      told.push('held');
      return { [Symbol.dispose]: () => told.push('let go') };
    },
  );
  for (const now of [1, 2, 1, 0, 0, 1, 0]) {
    running = now;
    listener?.('migrationDismissed', { migrationId: 'm' });
  }
  expect(told).toEqual(['held', 'let go', 'held', 'let go']);
});
