import { join } from 'node:path';
import { app } from 'electron';
import { viaductHome } from '../common/home.ts';
import { builtScreenUrl } from './app-origin.ts';
import { registerAppScheme } from './app-protocol.ts';
import { composeDesktop } from './compose.ts';
import { reportCrashes } from './crash-reports.ts';

/** Set by Forge under `npm start` to the address of Vite's development server; undefined in every built app. */
declare const MAIN_WINDOW_VITE_DEV_SERVER_URL: string | undefined;

const home = viaductHome();
reportCrashes(home);
// Chromium's own files go into Viaduct's home as well; the single-instance lock is tied to this folder.
app.setPath('userData', join(home, 'desktop'));
app.enableSandbox();
registerAppScheme();

if (app.requestSingleInstanceLock()) {
  void app
    .whenReady()
    .then(() => composeDesktop(home, MAIN_WINDOW_VITE_DEV_SERVER_URL ?? builtScreenUrl))
    .then((window) => {
      app.on('second-instance', () => {
        if (window.isDestroyed()) return;
        if (window.isMinimized()) window.restore();
        window.focus();
      });
    });
} else {
  app.quit();
}
