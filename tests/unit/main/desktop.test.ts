import { EventEmitter } from 'node:events';
import type { BrowserWindow, WebContents } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backend, BackendClient, EventListener } from '../../../electron/ipc/backend.ts';
import { ipcChannels } from '../../../electron/ipc/names.ts';
import { builtScreenUrl } from '../../../electron/main/app-origin.ts';
import { bridgeIpc } from '../../../electron/main/ipc-bridge.ts';
import { guardQuit } from '../../../electron/main/quit-guard.ts';
import { blockSleep } from '../../../electron/main/stay-awake.ts';
import { stayAwakeWhileRunning } from '../../../electron/shell/stay-awake.ts';
import { preventable } from '../../e2e/standin/app.ts';
import { app, dialog, ipcMain, powerSaveBlocker } from '../../e2e/standin/electron.ts';
import { eventually } from '../eventually.ts';

vi.mock('electron', () => import('../../e2e/standin/electron.ts'));

class QuietBackend implements Backend {
  migrations = 0;
  closed = 0;
  listeners = new Set<EventListener>();
  detached = 0;
  attach(listener: EventListener): BackendClient {
    const unsubscribe = this.subscribe(listener);
    return {
      dispatch: (command) => Promise.resolve({ ok: true, value: command }),
      detach: () => {
        this.detached += 1;
        unsubscribe();
      },
    };
  }
  subscribe(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
  running(): number {
    return this.migrations;
  }
  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }
}

let backend: QuietBackend;

beforeEach(() => {
  backend = new QuietBackend();
  app.removeAllListeners();
});

describe('closing the window', () => {
  let window: EventEmitter;
  let quits: number;

  function answerWith(response: number): void {
    dialog.showMessageBox = () => Promise.resolve({ response, checkboxChecked: false }) as Promise<never>;
  }

  function closeWindow(): boolean {
    const event = preventable({});
    window.emit('close', event);
    return !event.defaultPrevented;
  }

  beforeEach(() => {
    window = new EventEmitter();
    quits = 0;
    app.quit = () => (quits += 1);
    guardQuit(backend, window as unknown as BrowserWindow);
  });

  it('just closes while nothing runs', () => {
    expect(closeWindow()).toBe(true);
  });

  it('asks while a migration runs, and stays when told to', async () => {
    backend.migrations = 1;
    answerWith(0);
    expect(closeWindow()).toBe(false);
    await eventually(() => {
      expect(closeWindow()).toBe(false);
    });
    expect(quits).toBe(0);
  });

  it('quits when the admin insists', async () => {
    backend.migrations = 2;
    answerWith(1);
    expect(closeWindow()).toBe(false);
    await eventually(() => {
      expect(quits).toBe(1);
    });
    expect(closeWindow()).toBe(true);
  });

  it('closes every connection before the process ends', async () => {
    const first = preventable({});
    app.emit('will-quit', first);
    expect(first.defaultPrevented).toBe(true);
    await eventually(() => {
      expect(quits).toBe(1);
    });
    expect(backend.closed).toBe(1);
    const second = preventable({});
    app.emit('will-quit', second);
    expect(second.defaultPrevented).toBe(false);
  });
});

describe('a call from a page', () => {
  const contents = Object.assign(new EventEmitter(), {
    isDestroyed: () => false,
    getURL: () => builtScreenUrl,
    send: vi.fn(),
  });

  beforeEach(() => {
    contents.emit('destroyed');
    contents.removeAllListeners();
    bridgeIpc(backend, contents as unknown as WebContents, builtScreenUrl);
  });

  it.each([
    ['its own top frame', { sender: contents, senderFrame: { url: builtScreenUrl, parent: null } }, true],
    [
      'a frame within the page',
      { sender: contents, senderFrame: { url: builtScreenUrl, parent: {} } },
      false,
    ],
    [
      'a foreign page',
      { sender: contents, senderFrame: { url: 'https://evil.example/', parent: null } },
      false,
    ],
    ['a frame that is gone', { sender: contents, senderFrame: null }, false],
    ['another window', { sender: {}, senderFrame: { url: builtScreenUrl, parent: null } }, false],
  ])('from %s', async (_from, event, accepted) => {
    const reply = await ipcMain.answer(ipcChannels.call, event, ['app.info', {}]);
    if (accepted) expect(reply).toEqual({ ok: true, value: 'app.info' });
    else expect(reply).toMatchObject({ ok: false, error: { code: 'foreign-sender' } });
  });

  it('hears events until its window is gone', () => {
    for (const listener of backend.listeners) listener('hostRemoved', { hostId: 'alpha' });
    expect(contents.send).toHaveBeenLastCalledWith(ipcChannels.event, 'hostRemoved', { hostId: 'alpha' });
    contents.emit('destroyed');
    expect(backend.listeners.size).toBe(0);
  });

  it.each([
    ['a page that is loaded anew', { isMainFrame: true, isSameDocument: false }, 1],
    ['a jump within the page', { isMainFrame: true, isSameDocument: true }, 0],
    ['a frame within the page', { isMainFrame: false, isSameDocument: false }, 0],
  ])('%s is another client, or not', (_what, navigation, detached) => {
    contents.emit('did-start-navigation', navigation);
    expect(backend.detached).toBe(detached);
    expect(backend.listeners.size).toBe(1);
  });
});

describe('the workstation', () => {
  it('is kept awake exactly while a migration runs', () => {
    stayAwakeWhileRunning(backend, blockSleep);
    const emit = (): void => {
      for (const listener of backend.listeners) listener('migrationDismissed', { migrationId: 'm' });
    };
    backend.migrations = 2;
    emit();
    emit();
    expect(powerSaveBlocker.isStarted(1)).toBe(true);
    backend.migrations = 0;
    emit();
    expect(powerSaveBlocker.isStarted(1)).toBe(false);
  });
});
