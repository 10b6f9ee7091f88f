import { app, dialog, type BrowserWindow } from 'electron';
import type { Backend } from '../ipc/backend.ts';

/** How long connections may take to close before the process ends regardless. */
const closeDeadlineMs = 5000;

/** The question to ask before migrations are cut off. */
export function quitQuestion(running: number): { message: string; detail: string } {
  return {
    message: running === 1 ? 'A migration is running.' : `${running} migrations are running.`,
    detail:
      'Quitting now breaks off in the middle. Viaduct finds out where each guest runs the next time it starts, ' +
      'and a guest that has not switched over yet goes on running where it is.',
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
    void closeWithin(backend, closeDeadlineMs).finally(() => app.quit());
  });
  app.on('window-all-closed', () => app.quit());
}
