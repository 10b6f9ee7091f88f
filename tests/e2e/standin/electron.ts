import { EventEmitter } from 'node:events';
import { StandinApp } from './app.ts';
import { browserWindowClass } from './browser-window.ts';
import type { DevTools } from './devtools.ts';
import { loud, missing } from './gaps.ts';
import { StandinIpcMain } from './ipc-main.ts';
import { StandinProtocol } from './schemes.ts';
import { defaultSession, WebContents } from './web-contents.ts';

/*
 * What `electron` means in the app's main process: the part of Electron's API that Viaduct and Playwright use, over a
 * headless Chromium. Everything else throws and says so.
 */

let connected: DevTools | undefined;

function devtools(): DevTools {
  if (connected === undefined) throw new Error('Electron makes no windows before its ready event.');
  return connected;
}

/** Called by launch.ts once Chromium listens. */
export function start(connection: DevTools): void {
  connected = connection;
  app.becomeReady();
}

export const app = loud('app', new StandinApp());
export const ipcMain = loud('ipcMain', new StandinIpcMain());
export const protocol = loud('protocol', new StandinProtocol());
export const session = loud('session', { defaultSession });
export const webContents = WebContents;
export const BrowserWindow = browserWindowClass({ app, ipcMain, protocol, devtools });

/** A test answers dialogs by replacing these, as it does with Electron's. */
export const dialog = loud('dialog', {
  showMessageBox: (...args: unknown[]): Promise<never> =>
    Promise.reject(new Error(`Nobody answers the dialog ${JSON.stringify(args.at(-1))}.`)),
  showErrorBox: (title: string, content: string): void => {
    process.stderr.write(`[dialog] ${title}\n${content}\n`);
  },
});

export const Menu = loud('Menu', {
  buildFromTemplate: (items: object[]) => ({ items }),
  setApplicationMenu: (): void => undefined,
});

export const nativeTheme = loud(
  'nativeTheme',
  Object.assign(new EventEmitter(), { shouldUseDarkColors: false, themeSource: 'system' }),
);

/** The stand-in has no key store; a test of the one who uses it gives it one. */
export const safeStorage = loud('safeStorage', {
  getSelectedStorageBackend: (): string => 'basic_text',
  encryptStringAsync: (text: string): Promise<Buffer> =>
    Promise.reject(new Error(`Nothing protects a text of ${text.length} characters.`)),
  decryptStringAsync: (encrypted: Buffer): Promise<{ shouldReEncrypt: boolean; result: string }> =>
    Promise.reject(new Error(`Nothing opens ${encrypted.length} bytes.`)),
});

const blockers = new Set<number>();
export const powerSaveBlocker = loud('powerSaveBlocker', {
  start: (): number => {
    const id = blockers.size + 1;
    blockers.add(id);
    return id;
  },
  stop: (id: number): boolean => blockers.delete(id),
  isStarted: (id: number): boolean => blockers.has(id),
});

export const autoUpdater = missing('autoUpdater');
export const BaseWindow = missing('BaseWindow');
export const clipboard = missing('clipboard');
export const contentTracing = missing('contentTracing');
export const crashReporter = missing('crashReporter');
export const desktopCapturer = missing('desktopCapturer');
export const globalShortcut = missing('globalShortcut');
export const MessageChannelMain = missing('MessageChannelMain');
export const nativeImage = missing('nativeImage');
export const net = missing('net');
export const Notification = missing('Notification');
export const powerMonitor = missing('powerMonitor');
export const screen = missing('screen');
export const shell = missing('shell');
export const systemPreferences = missing('systemPreferences');
export const Tray = missing('Tray');
export const utilityProcess = missing('utilityProcess');
export const webFrameMain = missing('webFrameMain');
export const WebContentsView = missing('WebContentsView');
