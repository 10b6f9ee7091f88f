import { parse, stringify } from 'devalue';
import {
  closeCodes,
  sessionProtocol,
  tokenProtocol,
  type CallFrame,
  type ServerFrame,
} from '../../electron/ipc/browser-wire.ts';
import type { Channel } from '../../electron/ipc/channel.ts';
import type { Command, EventName, Reply, Request } from '../../electron/ipc/contract.ts';

/*
 * The browser shell's channel: the frames of `ipc/browser-wire.ts` over a WebSocket on 127.0.0.1. A lost connection
 * is tried again with growing pauses until the server says that the credential is no longer good.
 */

export interface WebSocketChannelOptions {
  /** `ws://127.0.0.1:PORT/channel` */
  url: string;
  credential: Credential;
  /** Called with the secret for later connections as soon as the server sends it. */
  keepSession(secret: string): void;
  /** Called when the server knows neither token nor session; nothing is tried after that. */
  onRefused(): void;
  /** First pause before another try; doubles up to 5 s. */
  retryAfterMs?: number;
}

export type Credential = { kind: 'token'; value: string } | { kind: 'session'; value: string };

const longestPauseMs = 5_000;

type AnyListener = (payload: never) => void;

type AnyReply = Reply<Command>;

function lost(): AnyReply & { ok: false } {
  return {
    ok: false,
    error: {
      code: 'link-down',
      message: 'The connection to Viaduct is down, so the request was not answered.',
      side: 'client',
      remedy: 'Wait until the connection is back, look at the state shown then, and try again.',
    },
  };
}

function subprotocol(credential: Credential): string {
  return (credential.kind === 'token' ? tokenProtocol : sessionProtocol) + credential.value;
}

export class WebSocketChannel implements Channel {
  readonly #options: WebSocketChannelOptions;
  readonly #listeners = new Map<EventName, Set<AnyListener>>();
  readonly #linkListeners = new Set<(state: 'up' | 'down') => void>();
  readonly #pending = new Map<number, (reply: AnyReply) => void>();
  #credential: Credential;
  #socket: WebSocket | undefined;
  #opened: Promise<boolean>;
  #nextId = 1;
  #pauseMs: number;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #link: 'up' | 'down' = 'up';

  constructor(options: WebSocketChannelOptions) {
    this.#options = options;
    this.#credential = options.credential;
    this.#pauseMs = options.retryAfterMs ?? 250;
    this.#opened = this.#connect();
  }

  async call<C extends Command>(command: C, request: Request<C>): Promise<Reply<C>> {
    const open = await this.#opened;
    const socket = this.#socket;
    if (!open || socket?.readyState !== WebSocket.OPEN) return lost();
    const frame: CallFrame = { id: this.#nextId++, command, request };
    const reply = await new Promise<AnyReply>((resolve) => {
      this.#pending.set(frame.id, resolve);
      socket.send(stringify(frame));
    });
    // The server answers the call with this id, so the reply is of its command.
    return reply as Reply<C>;
  }

  on(event: EventName, listener: AnyListener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  onLink(listener: (state: 'up' | 'down') => void): () => void {
    this.#linkListeners.add(listener);
    if (this.#link === 'down') listener('down');
    return () => this.#linkListeners.delete(listener);
  }

  /** Ends the channel for good; open calls are answered as lost. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#socket?.close();
  }

  /** Resolves to whether the connection was opened. */
  #connect(): Promise<boolean> {
    const socket = new WebSocket(this.#options.url, subprotocol(this.#credential));
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(data));
    return new Promise((resolve) => {
      socket.addEventListener('open', () => {
        resolve(true);
        this.#pauseMs = this.#options.retryAfterMs ?? 250;
        this.#setLink('up');
      });
      socket.addEventListener('close', ({ code }) => {
        resolve(false);
        this.#dropped(code === closeCodes.unauthorised);
      });
    });
  }

  #dropped(refused: boolean): void {
    for (const resolve of this.#pending.values()) resolve(lost());
    this.#pending.clear();
    this.#setLink('down');
    if (refused) this.#options.onRefused();
    if (refused || this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#opened = this.#connect();
    }, this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }

  #setLink(state: 'up' | 'down'): void {
    if (state === this.#link) return;
    this.#link = state;
    for (const listener of this.#linkListeners) listener(state);
  }

  #receive(data: unknown): void {
    if (typeof data !== 'string') return;
    // The one server that this page may connect to is the one that served it; its frames have the wire's types.
    const frame = parse(data) as ServerFrame;
    if ('session' in frame) {
      this.#credential = { kind: 'session', value: frame.session };
      this.#options.keepSession(frame.session);
    } else if ('id' in frame) {
      this.#pending.get(frame.id)?.(frame.reply);
      this.#pending.delete(frame.id);
    } else {
      for (const listener of this.#listeners.get(frame.event) ?? []) listener(frame.payload as never);
    }
  }
}
