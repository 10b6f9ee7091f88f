import { EventEmitter } from 'node:events';
import { preventable } from './app.ts';
import { loud } from './gaps.ts';
import type { Page } from './page.ts';

const accept = (): void => undefined;

/** Electron's default session. Permission handlers are accepted, and never asked. */
export const defaultSession = loud('session', {
  setPermissionRequestHandler: accept,
  setPermissionCheckHandler: accept,
  setDevicePermissionHandler: accept,
});

const everyContents = new Set<WebContents>();

/** Electron's `webContents` of one window. */
export class WebContents extends EventEmitter {
  readonly session = defaultSession;
  private readonly opened: Promise<Page>;
  private readonly closeWindow: () => void;
  private page: Page | undefined;
  private url = '';
  private destroyed = false;

  constructor(opened: Promise<Page>, closeWindow: () => void) {
    super();
    this.opened = opened;
    this.closeWindow = closeWindow;
    everyContents.add(this);
    void opened.then((page) => {
      this.page = page;
      page.on('navigated', (url) => (this.url = url));
      page.mayNavigate = (url) => {
        const event = preventable({ url, isMainFrame: true });
        this.emit('will-frame-navigate', event);
        this.emit('will-navigate', event, url);
        return !event.defaultPrevented;
      };
    });
  }

  static fromDevToolsTargetId(targetId: string): WebContents | undefined {
    return [...everyContents].find((contents) => contents.page?.targetId === targetId);
  }

  static getAllWebContents(): WebContents[] {
    return [...everyContents];
  }

  /** The event of a call from this page: its top frame, as it is now. */
  ipcEvent(): object {
    return { sender: this, senderFrame: { url: this.url, parent: null }, processId: 1, frameId: 1 };
  }

  getURL(): string {
    return this.url;
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  send(channel: string, ...args: unknown[]): void {
    this.page?.deliver({ kind: 'event', channel, args });
  }

  async loadURL(url: string): Promise<void> {
    const page = await this.opened;
    await page.load(url);
    this.emit('did-finish-load');
  }

  reload(): void {
    void this.page?.reload();
  }

  /** Accepted; Chromium's own handling of new windows applies. */
  setWindowOpenHandler(): void {
    this.emit('standin-recorded', 'setWindowOpenHandler');
  }

  close(): void {
    this.closeWindow();
  }

  destroy(): void {
    this.destroyed = true;
    everyContents.delete(this);
    this.emit('destroyed');
  }
}
