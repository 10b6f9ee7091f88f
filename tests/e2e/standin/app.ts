import { EventEmitter } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An event whose default can be prevented, as Electron hands them out. */
export interface PreventableEvent {
  defaultPrevented: boolean;
  preventDefault(): void;
}

export function preventable<T extends object>(details: T): T & PreventableEvent {
  const event = {
    ...details,
    defaultPrevented: false,
    preventDefault: () => {
      event.defaultPrevented = true;
    },
  };
  return event;
}

/** What the application needs of its windows in order to quit. */
export interface Closable {
  /** Asks the window to close; false where its close event was prevented. */
  closeForQuit(): Promise<boolean>;
}

class CommandLine {
  private readonly given: string[] = [];

  appendSwitch(name: string, value = ''): void {
    this.given.push(value === '' ? `--${name}` : `--${name}=${value}`);
  }

  hasSwitch(name: string): boolean {
    return this.given.some((text) => text === `--${name}` || text.startsWith(`--${name}=`));
  }

  switches(): readonly string[] {
    return this.given;
  }
}

/** Electron's `app`. No `#private` members: it is used through a proxy. */
export class StandinApp extends EventEmitter {
  readonly commandLine = new CommandLine();
  readonly isPackaged = false;
  private readonly paths = new Map<string, string>();
  private readonly exitListeners: (() => void)[] = [];
  private readonly windows = new Set<Closable>();
  private manifest = { dir: '.', name: 'app', version: '0' };
  private ready = false;
  private quitting = false;
  private markReady: (event: object) => void = () => undefined;
  private readonly readiness = new Promise<object>((resolve) => (this.markReady = resolve));

  setApp(dir: string, name: string, version: string): void {
    this.manifest = { dir, name, version };
  }

  becomeReady(): void {
    this.ready = true;
    // Playwright's loader replaces `emit` and takes the arguments of this event from it.
    this.emit('ready', {}, {});
    this.markReady({});
  }

  isReady(): boolean {
    return this.ready;
  }

  whenReady(): Promise<object> {
    return this.readiness;
  }

  getAppPath(): string {
    return this.manifest.dir;
  }

  getName(): string {
    return this.manifest.name;
  }

  getVersion(): string {
    return this.manifest.version;
  }

  setPath(name: string, path: string): void {
    this.paths.set(name, path);
  }

  getPath(name: string): string {
    return this.paths.get(name) ?? join(tmpdir(), `${this.manifest.name}-standin-${name}`);
  }

  enableSandbox(): void {
    this.emit('standin-recorded', 'enableSandbox');
  }

  requestSingleInstanceLock(): boolean {
    return true;
  }

  addWindow(window: Closable): void {
    this.windows.add(window);
  }

  removeWindow(window: Closable): void {
    this.windows.delete(window);
    if (this.windows.size === 0 && !this.quitting) this.emit('window-all-closed');
  }

  onExit(listener: () => void): void {
    this.exitListeners.push(listener);
  }

  /** Later, never at once: the debugger that asked for it gets its answer first. */
  quit(): void {
    setImmediate(() => void this.quitNow());
  }

  exit(code = 0): void {
    for (const listener of this.exitListeners) listener();
    process.exit(code);
  }

  private async quitNow(): Promise<void> {
    if (this.isPrevented('before-quit')) return;
    this.quitting = true;
    for (const window of [...this.windows]) {
      if (!(await window.closeForQuit())) {
        this.quitting = false;
        return;
      }
    }
    if (this.isPrevented('will-quit')) return;
    this.emit('quit', {}, 0);
    this.exit(0);
  }

  private isPrevented(name: string): boolean {
    const event = preventable({});
    this.emit(name, event);
    return event.defaultPrevented;
  }
}
