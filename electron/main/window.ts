import { BrowserWindow, nativeTheme } from 'electron';

/** The smallest size that the screen is designed for. */
const smallest = { minWidth: 1024, minHeight: 700 };

/** Makes the one window, hidden until its first page has been drawn. */
export function createWindow(preload: string): BrowserWindow {
  const window = new BrowserWindow({
    ...smallest,
    width: 1440,
    height: 900,
    show: false,
    title: 'Viaduct',
    backgroundColor: nativeTheme.shouldUseDarkColors ? '#16181b' : '#f6f6f7',
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  window.once('ready-to-show', () => window.show());
  return window;
}
