import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { preventable, type Closable } from './app.ts';
import type { DevTools } from './devtools.ts';
import type { PageMessage } from './page-script.ts';
import { Page } from './page.ts';
import { WebContents } from './web-contents.ts';
import type { StandinApp } from './app.ts';
import type { StandinIpcMain } from './ipc-main.ts';
import type { StandinProtocol } from './schemes.ts';

interface WindowOptions {
  width?: number;
  height?: number;
  show?: boolean;
  webPreferences?: {
    preload?: string;
    contextIsolation?: boolean;
    sandbox?: boolean;
    nodeIntegration?: boolean;
  };
}

/** The parts of the stand-in that every window works with. */
export interface Surroundings {
  app: StandinApp;
  ipcMain: StandinIpcMain;
  protocol: StandinProtocol;
  devtools: () => DevTools;
}

/** What Electron would run without its walls is refused, so that no spec passes for a reason that it should not. */
function checkPreferences(preferences: NonNullable<WindowOptions['webPreferences']>): void {
  if (
    preferences.contextIsolation === false ||
    preferences.sandbox === false ||
    preferences.nodeIntegration
  ) {
    throw new Error('The Electron stand-in runs isolated and sandboxed windows only.');
  }
}

/** Makes Electron's `BrowserWindow` class. */
export function browserWindowClass({ app, ipcMain, protocol, devtools }: Surroundings) {
  const all = new Set<BrowserWindow>();

  class BrowserWindow extends EventEmitter implements Closable {
    readonly id = all.size + 1;
    readonly webContents: WebContents;
    private readonly opened: Promise<Page>;
    private destroyed = false;
    private visible: boolean;

    constructor(options: WindowOptions = {}) {
      super();
      const { width = 800, height = 600, webPreferences = {} } = options;
      checkPreferences(webPreferences);
      this.visible = options.show ?? true;
      const { preload } = webPreferences;
      this.opened = Page.open(devtools(), {
        width,
        height,
        protocol,
        preloadSource: preload === undefined ? '' : readFileSync(preload, 'utf8'),
      });
      this.webContents = new WebContents(this.opened, () => this.close());
      all.add(this);
      app.addWindow(this);
      void this.opened.then((page) => {
        page.on('message', (message) => void this.receive(page, message));
        page.on('gone', () => this.forget());
      });
      this.webContents.once('did-finish-load', () => this.emit('ready-to-show'));
    }

    static getAllWindows(): BrowserWindow[] {
      return [...all];
    }

    static fromWebContents(contents: WebContents): BrowserWindow | null {
      return [...all].find((window) => window.webContents === contents) ?? null;
    }

    async loadURL(url: string): Promise<void> {
      await this.webContents.loadURL(url);
    }

    show(): void {
      this.visible = true;
    }

    isVisible(): boolean {
      return this.visible;
    }

    isDestroyed(): boolean {
      return this.destroyed;
    }

    isMinimized(): boolean {
      return false;
    }

    focus(): void {
      this.emit('focus');
    }

    close(): void {
      void this.closeForQuit();
    }

    async closeForQuit(): Promise<boolean> {
      if (this.destroyed) return true;
      const event = preventable({});
      this.emit('close', event);
      if (event.defaultPrevented) return false;
      const page = await this.opened;
      this.forget();
      await page.close();
      return true;
    }

    private forget(): void {
      if (this.destroyed) return;
      this.destroyed = true;
      all.delete(this);
      this.webContents.destroy();
      this.emit('closed');
      app.removeWindow(this);
    }

    private async receive(page: Page, message: PageMessage): Promise<void> {
      const { channel, args } = message;
      const event = this.webContents.ipcEvent();
      if (message.kind === 'send') {
        ipcMain.emit(channel, event, ...args);
        return;
      }
      try {
        const value = await ipcMain.answer(channel, event, args);
        page.deliver({ kind: 'reply', id: message.id, value });
      } catch (error) {
        const text = `Error invoking remote method '${channel}': ${String(error)}`;
        page.deliver({ kind: 'failure', id: message.id, message: text });
      }
    }
  }
  return BrowserWindow;
}
