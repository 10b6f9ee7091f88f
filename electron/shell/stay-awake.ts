import type { Backend } from '../ipc/backend.ts';

/**
 * Keeps the machine from going to sleep while something runs that hangs on it: its connections hold a guest's move
 * together.
 *
 * @param hold keeps it awake until disposed of
 */
export function stayAwakeWhileRunning(
  backend: Pick<Backend, 'subscribe' | 'running'>,
  hold: () => Disposable,
): void {
  let held: Disposable | undefined;
  backend.subscribe((event) => {
    if (event !== 'migration' && event !== 'migrationDismissed') return;
    const running = backend.running() > 0;
    if (running) held ??= hold();
    else {
      held?.[Symbol.dispose]();
      held = undefined;
    }
  });
}
