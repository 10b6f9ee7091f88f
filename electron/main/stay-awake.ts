import { powerSaveBlocker } from 'electron';

/** Keeps the workstation from going to sleep until disposed of. */
export function blockSleep(): Disposable {
  const blocker = powerSaveBlocker.start('prevent-app-suspension');
  return { [Symbol.dispose]: () => powerSaveBlocker.stop(blocker) };
}
