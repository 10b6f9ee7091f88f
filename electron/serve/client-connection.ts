import type { RawData, WebSocket } from 'ws';
import type { Backend, BackendClient } from '../ipc/backend.ts';
import { closeCodes, type ReplyFrame, type ServerFrame } from '../ipc/browser-wire.ts';
import { EventPacer } from '../shell/event-pacer.ts';
import { readCallFrame, writeFrame } from './frames.ts';

export interface ClientLimits {
  /** A page that has not answered one ping when the next is due is gone. */
  heartbeatMs: number;
  /** Unsent bytes above which snapshots wait for the page to catch up. */
  highWaterBytes: number;
  /** Unsent bytes above which the page is cut off. */
  ceilingBytes: number;
  /** Calls that one page may have unanswered. */
  maxCalls: number;
}

export const defaultClientLimits: ClientLimits = {
  heartbeatMs: 15_000,
  highWaterBytes: 256 * 1024,
  ceilingBytes: 16 * 1024 * 1024,
  maxCalls: 256,
};

/** Carries calls and events for one authorised page until its socket closes. */
export class ClientConnection {
  readonly #socket: WebSocket;
  readonly #limits: ClientLimits;
  readonly #pacer: EventPacer;
  readonly #client: BackendClient;
  readonly #heartbeat: NodeJS.Timeout;
  #answeredPing = true;
  #calls = 0;

  constructor(socket: WebSocket, backend: Backend, limits: ClientLimits) {
    this.#socket = socket;
    this.#limits = limits;
    this.#pacer = new EventPacer({
      send: (event, payload) => this.send({ event, payload } as ServerFrame),
      canSend: () => socket.bufferedAmount < limits.highWaterBytes,
    });
    this.#client = backend.attach((event, payload) => this.#pacer.push(event, payload));
    this.#heartbeat = setInterval(() => this.#beat(), limits.heartbeatMs);
    socket.on('pong', () => (this.#answeredPing = true));
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', () => this.#end());
  }

  send(frame: ServerFrame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(writeFrame(frame));
    if (this.#socket.bufferedAmount > this.#limits.ceilingBytes) {
      this.#socket.close(closeCodes.overloaded, 'The page does not keep up.');
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    const call = isBinary || !Buffer.isBuffer(data) ? undefined : readCallFrame(data.toString('utf8'));
    if (call === undefined) {
      this.#socket.close(closeCodes.malformed, 'That frame is not a call.');
    } else if (this.#calls >= this.#limits.maxCalls) {
      this.#socket.close(closeCodes.overloaded, 'Too many calls at once.');
    } else {
      void this.#answer(call.id, call.command, call.request);
    }
  }

  async #answer(id: number, command: string, request: unknown): Promise<void> {
    this.#calls += 1;
    const reply = await this.#client.dispatch(command, request);
    this.#calls -= 1;
    // BackendClient.dispatch promises a reply of the contract; its interface leaves the type to the shells.
    this.send({ id, reply: reply as ReplyFrame['reply'] });
  }

  #beat(): void {
    if (!this.#answeredPing) {
      this.#socket.terminate();
      return;
    }
    this.#answeredPing = false;
    this.#socket.ping();
  }

  #end(): void {
    clearInterval(this.#heartbeat);
    this.#client.detach();
    this.#pacer.close();
  }
}
