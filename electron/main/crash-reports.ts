import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, dialog, type BrowserWindow } from 'electron';
import { messageOf } from '../common/errors.ts';

function logFile(home: string): string {
  return join(home, 'crash.log');
}

function record(home: string, what: string, error: unknown): void {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  try {
    appendFileSync(logFile(home), `${new Date().toISOString()} ${what}\n${trace}\n`, { mode: 0o600 });
  } catch {
    // A full or read-only disk must not hide the message that follows.
  }
}

/**
 * Says in one sentence what went wrong where Electron would show a stack trace, writes the trace to `crash.log` in
 * Viaduct's home, and ends: after an error that nobody expected, no more calls to hosts are made.
 */
export function reportCrashes(home: string): void {
  const end = (error: unknown): void => {
    record(home, 'unexpected error', error);
    dialog.showErrorBox(
      'Viaduct has to close',
      `${messageOf(error)}\n\nDetails are in ${logFile(home)}. Started again, Viaduct finds out where each guest runs.`,
    );
    app.exit(1);
  };
  process.on('uncaughtException', end);
  // Electron only warns of these; to us they are the same.
  process.on('unhandledRejection', end);
}

/** Offers to load the page afresh when its process has ended; migrations live in the main process and go on. */
export function recoverWindow(window: BrowserWindow, home: string): void {
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    record(home, 'the window stopped', `${reason}, exit code ${exitCode}`);
    void dialog
      .showMessageBox(window, {
        type: 'error',
        title: 'Viaduct',
        message: 'The window has stopped working.',
        detail: 'Running migrations are not affected.',
        buttons: ['Load it again', 'Quit'],
        defaultId: 0,
        cancelId: 0,
        noLink: true,
      })
      .then(({ response }) => {
        if (response === 0) window.webContents.reload();
        else app.quit();
      });
  });
}
