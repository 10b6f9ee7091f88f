import { powerSaveBlocker } from 'electron';
import type { Backend } from '../ipc/backend.ts';

/** Keeps the workstation from going to sleep while a migration runs: its connections hold the guest's move together. */
export function stayAwakeWhileRunning(backend: Backend): void {
  let blocker: number | undefined;
  backend.subscribe((event) => {
    if (event !== 'migration' && event !== 'migrationDismissed') return;
    const running = backend.running() > 0;
    if (running && blocker === undefined) {
      blocker = powerSaveBlocker.start('prevent-app-suspension');
    } else if (!running && blocker !== undefined) {
      powerSaveBlocker.stop(blocker);
      blocker = undefined;
    }
  });
}
