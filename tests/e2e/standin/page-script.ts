import { createCodec, type Codec } from './codec.ts';

/** From the page to the main process. */
export type PageMessage =
  | { kind: 'invoke'; id: number; channel: string; args: unknown[] }
  | { kind: 'send'; channel: string; args: unknown[] };

/** From the main process to the page. */
export type MainMessage =
  | { kind: 'event'; channel: string; args: unknown[] }
  | { kind: 'reply'; id: number; value: unknown }
  | { kind: 'failure'; id: number; message: string };

type Listener = (event: object, ...args: unknown[]) => void;
type Preload = (require: (name: string) => unknown, process: object, exports: object, module: object) => void;

/**
 * Runs in the page before its own code: gives the app's preload a `require` that knows `electron` alone, as the
 * sandbox does, and takes away every trace of how it speaks with the main process. Its source is sent to the page,
 * so it uses nothing from outside itself.
 *
 * It runs in the page's own world: context isolation is the one thing of the preload's that it cannot show.
 */
function installPreload(
  codec: Codec,
  names: { binding: string; deliver: string },
  platform: string,
  preload: Preload,
): void {
  const page = globalThis as unknown as Record<string, unknown> & { top: unknown };
  const post = page[names.binding] as (text: string) => void;
  Reflect.deleteProperty(page, names.binding);
  if (page.top !== globalThis) return;

  const listeners = new Map<string, Set<Listener>>();
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let lastId = 0;

  const deliver = (text: string): void => {
    const message = codec.decode(text) as MainMessage;
    if (message.kind === 'event') {
      for (const listener of [...(listeners.get(message.channel) ?? [])]) listener({}, ...message.args);
      return;
    }
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'reply') call?.resolve(message.value);
    else call?.reject(new Error(message.message));
  };
  Object.defineProperty(page, names.deliver, { value: deliver });

  const on = (channel: string, listener: Listener): void => {
    listeners.set(channel, (listeners.get(channel) ?? new Set<Listener>()).add(listener));
  };
  const off = (channel: string, listener: Listener): void => {
    listeners.get(channel)?.delete(listener);
  };
  const ipcRenderer = {
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        post(codec.encode({ kind: 'invoke', id, channel, args }));
        waiting.set(id, { resolve, reject });
      }),
    send: (channel: string, ...args: unknown[]) => post(codec.encode({ kind: 'send', channel, args })),
    on,
    off,
    addListener: on,
    removeListener: off,
  };

  const hasFunction = (value: unknown): boolean =>
    typeof value === 'function' ||
    (typeof value === 'object' && value !== null && Object.values(value).some(hasFunction));
  const freeze = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
      for (const item of Object.values(value)) freeze(item);
      Object.freeze(value);
    }
    return value;
  };
  /** Copies a value across the bridge: functions are wrapped, promises followed, all else cloned. */
  const across = (value: unknown): unknown => {
    if (typeof value === 'function') {
      return (...args: unknown[]) => across((value as (...args: unknown[]) => unknown)(...args.map(across)));
    }
    if (value instanceof Promise) {
      return value.then(across, (error: unknown) => {
        throw new Error(error instanceof Error ? error.message : String(error));
      });
    }
    if (!hasFunction(value)) return structuredClone(value);
    return Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, across(item)]));
  };
  const contextBridge = {
    exposeInMainWorld: (key: string, api: unknown) => {
      Object.defineProperty(page, key, { value: freeze(across(api)), enumerable: true });
    },
  };

  const module = { exports: {} };
  preload(
    (name) => {
      if (name !== 'electron') throw new Error(`module not found: ${name}`);
      return { ipcRenderer, contextBridge };
    },
    { platform, type: 'renderer', sandboxed: true, contextIsolated: true, env: {}, versions: {} },
    module.exports,
    module,
  );
}

/** The text to evaluate in every new document of a window. */
export function pageScript(names: { binding: string; deliver: string }, preloadSource: string): string {
  return `(${installPreload.toString()})(
    (${createCodec.toString()})(),
    ${JSON.stringify(names)},
    ${JSON.stringify(process.platform)},
    function (require, process, exports, module) {${preloadSource}\n},
  );`;
}
