import { contextBridge, ipcRenderer } from 'electron';
import type { Channel } from '../ipc/channel.ts';
import type { Command, EventName, Reply, WireError } from '../ipc/contract.ts';
import { ipcChannels, isCommandName, isEventName } from '../ipc/names.ts';

/*
 * All that the page gets of the desktop: `window.viaduct`. It runs in the renderer's sandbox, in a world of its own;
 * neither ipcRenderer nor an event object of Electron's ever crosses to the page.
 */

type AnyListener = (payload: never) => void;

const listeners = new Map<EventName, Set<AnyListener>>();

ipcRenderer.on(ipcChannels.event, (_event, name: unknown, payload: unknown) => {
  if (!isEventName(name)) return;
  for (const listener of listeners.get(name) ?? []) listener(payload as never);
});

function refused(message: string): { ok: false; error: WireError } {
  return { ok: false, error: { code: 'bad-request', message, side: undefined, remedy: undefined } };
}

const channel: Channel = {
  call: <C extends Command>(command: C, request: unknown): Promise<Reply<C>> =>
    isCommandName(command)
      ? (ipcRenderer.invoke(ipcChannels.call, command, request) as Promise<Reply<C>>)
      : Promise.resolve(refused('There is no such command.')),
  on: (event, listener) => {
    if (!isEventName(event)) throw new Error('There is no such event.');
    const ofEvent = listeners.get(event) ?? new Set<AnyListener>();
    listeners.set(event, ofEvent.add(listener));
    return () => {
      ofEvent.delete(listener);
    };
  },
  // The main process lives as long as its window, so the link is never down.
  onLink: () => () => undefined,
};

contextBridge.exposeInMainWorld('viaduct', channel);
