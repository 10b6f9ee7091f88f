import { app, dialog, type BrowserWindow } from 'electron';
import type { Backend } from '../ipc/backend.ts';

/** How long connections may take to close before the process ends regardless. */
const closeDeadlineMs = 5000;
/**
 * How long migrations may take to come to their end. Longer than the engine's own patience with hosts that do not
 * answer: a process that ends between switchover and confirmation leaves a guest paused.
 */
const migrationsDeadlineMs = 180_000;

/** The question to ask before migrations and changes of hosts are cut off. */
export function quitQuestion(running: number): { message: string; detail: string } {
  return {
    message:
      running === 1
        ? 'A migration or a change of hosts is running.'
        : `${running} migrations and changes of hosts are running.`,
    detail:
      'Quitting cancels what has not switched over yet: the guest goes on running where it is. ' +
      'A guest that is just being switched over is brought to its end first, in the background. ' +
      'A change of a host is taken back, or brought to its end.',
  };
}

async function mayQuit(window: BrowserWindow, running: number): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'warning',
    title: 'Viaduct',
    ...quitQuestion(running),
    buttons: ['Keep running', 'Quit anyway'],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return response === 1;
}

async function closeWithin(backend: Backend, deadlineMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, deadlineMs)));
  await Promise.race([backend.close(), deadline]);
  clearTimeout(timer);
}

/**
 * Asks before the window closes while migrations run, and closes the backend before the process ends. Both ways out
 * come by here: quitting closes the window first.
 */
export function guardQuit(backend: Backend, window: BrowserWindow): void {
  let confirmed = false;
  let asking = false;
  window.on('close', (event) => {
    const running = backend.running();
    if (confirmed || running === 0) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    void mayQuit(window, running)
      .then((answer) => {
        confirmed = answer;
        if (answer) app.quit();
      })
      .finally(() => (asking = false));
  });

  let closed = false;
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    closed = true;
    const deadlineMs = backend.running() > 0 ? migrationsDeadlineMs : closeDeadlineMs;
    void closeWithin(backend, deadlineMs).finally(() => app.quit());
  });
  app.on('window-all-closed', () => app.quit());
}
