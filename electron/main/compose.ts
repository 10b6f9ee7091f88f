import { join } from 'node:path';
import { app, dialog, type BrowserWindow } from 'electron';
import { createBackend } from '../ipc/create-backend.ts';
import { stayAwakeWhileRunning } from '../shell/stay-awake.ts';
import { serveAppScheme } from './app-protocol.ts';
import { recoverWindow } from './crash-reports.ts';
import { denyPermissions, guardNavigation } from './guards.ts';
import { bridgeIpc } from './ipc-bridge.ts';
import { setMenu } from './menu.ts';
import { desktopVault } from './passphrase-vault.ts';
import { guardQuit } from './quit-guard.ts';
import { blockSleep } from './stay-awake.ts';
import { createWindow } from './window.ts';

function tellUnsettled(detail: string): void {
  const message = 'An earlier migration could not be looked after.';
  void dialog.showMessageBox({ type: 'warning', title: 'Viaduct', message, detail });
}

/** Wires the desktop shell together and shows its window. */
export async function composeDesktop(home: string, screenUrl: string): Promise<BrowserWindow> {
  const bundles = join(app.getAppPath(), '.vite');
  serveAppScheme(join(bundles, 'renderer', 'main_window'));
  setMenu(process.platform);

  const backend = await createBackend({
    home,
    shell: 'desktop',
    version: app.getVersion(),
    vault: desktopVault(home, process.platform),
    tell: tellUnsettled,
  });
  const window = createWindow(join(bundles, 'build', 'preload.cjs'));
  const contents = window.webContents;
  guardNavigation(contents, screenUrl);
  denyPermissions(contents.session, screenUrl);
  recoverWindow(window, home);
  bridgeIpc(backend, contents, screenUrl);
  guardQuit(backend, window);
  stayAwakeWhileRunning(backend, blockSleep);
  await window.loadURL(screenUrl);
  return window;
}
