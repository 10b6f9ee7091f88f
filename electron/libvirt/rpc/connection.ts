import type { ByteStream } from '../../common/byte-stream.ts';
import { messageOf } from '../../common/errors.ts';
import type { SecurityLayer } from '../auth/security-layer.ts';
import { programs, protocolVersion, type Procedure, type StreamProcedure } from '../protocol/procedure.ts';
import { encodeXdr } from '../xdr/codec.ts';
import { decodeAnswer } from './answers.ts';
import { CallTable, type Answer, type CallOptions, type StreamOptions } from './call-table.ts';
import { encodeFrame, type Frame } from './frame-decoder.ts';
import { headerOf, messageStatuses, messageTypes, type Header } from './header.ts';
import { keepaliveProcedures, pongPacket, type KeepaliveOptions } from './keepalive.ts';
import { PacketLink } from './packet-link.ts';
import { PeerLog } from './peer-log.ts';
import { Pinger } from './pinger.ts';
import { ConnectionLostError, ProtocolError } from './rpc-errors.ts';
import type { RpcLogger } from './rpc-log.ts';
import type { RpcStream } from './stream.ts';
import { StreamTable, type OpeningStream } from './stream-table.ts';

export interface ConnectionOptions {
  /** The peer in words, for messages. */
  readonly name: string;
  readonly logger?: RpcLogger | undefined;
  /** Calls on the wire at once. The daemon stops reading at five (`max_client_requests`). */
  readonly maxOutstanding?: number | undefined;
  /** How long the peer may take to accept one packet before it counts as dead; 30 s if not given. */
  readonly sendTimeoutMs?: number | undefined;
}

/** Deadline of calls that are not long by nature; the daemon itself waits up to 30 s for a guest's job lock. */
export const defaultDeadlineMs = 60_000;

const defaultMaxOutstanding = 4;
/** As long as keepalive takes to notice a silent peer: one that talks but does not read is as dead. */
const defaultSendTimeoutMs = 30_000;

export type MessageHandler = (payload: Uint8Array) => void;

/**
 * One RPC connection over a byte stream: calls, streams, messages, keepalive.
 *
 * Answers are matched by program, procedure and serial and may come in any order. When the link dies, every
 * pending call rejects with `ConnectionLostError`, whose `outcome` says whether the daemon may have acted.
 */
export class Connection {
  readonly name: string;
  /** Settles once: `undefined` after `close()`, else what ended the connection. */
  readonly closed: Promise<Error | undefined>;
  readonly #link: PacketLink;
  readonly #log: PeerLog;
  readonly #calls: CallTable;
  readonly #streams: StreamTable;
  readonly #handlers = new Map<number, MessageHandler>();
  readonly #settleClosed: (error: Error | undefined) => void;
  #pinger: Pinger | undefined;
  #isClosed = false;
  #isLeaving = false;
  #pongUnderWay = false;

  constructor(stream: ByteStream, options: ConnectionOptions) {
    this.name = options.name;
    this.#link = new PacketLink(stream, {
      name: options.name,
      sendTimeoutMs: options.sendTimeoutMs ?? defaultSendTimeoutMs,
      onStalled: (error) => this.#end(error),
    });
    this.#log = new PeerLog(options.name, options.logger ?? (() => undefined));
    this.#calls = new CallTable(options.maxOutstanding ?? defaultMaxOutstanding, (key, serial, args) => {
      const header = headerOf(key, serial, messageTypes.call, messageStatuses.ok);
      void this.#send(encodeFrame(header, args));
    });
    this.#streams = new StreamTable(options.name, (header, payload) =>
      this.#transmitOrThrow(header, payload),
    );
    const closed = Promise.withResolvers<Error | undefined>();
    this.closed = closed.promise;
    this.#settleClosed = closed.resolve;
    void this.#readAll();
  }

  /**
   * @throws {LibvirtError} the daemon's own refusal
   * @throws {CallUnansweredError} deadline, signal or lost link; see its `outcome`
   * @throws {XdrError} the arguments do not fit; nothing was sent
   */
  async call<Args, Ret>(
    procedure: Procedure<Args, Ret>,
    args: Args,
    options: CallOptions = {},
  ): Promise<Ret> {
    const answer = await this.#calls.call(
      procedure,
      encodeXdr(procedure.args, args),
      deadlined(procedure, options),
    );
    return decodeAnswer(procedure, answer);
  }

  /**
   * As `call`; `layerOf` sees the answer before any byte behind it is read, and may give the layer that all bytes
   * from there on go through, in both directions. What it throws is what the call rejects with.
   */
  async callAndSecure<Args, Ret>(
    procedure: Procedure<Args, Ret>,
    args: Args,
    options: CallOptions,
    layerOf: (ret: Ret) => SecurityLayer | undefined,
  ): Promise<Ret> {
    const { promise, resolve, reject } = Promise.withResolvers<Ret>();
    promise.catch(() => undefined);
    const answered = (answer: Answer, late: boolean): void => {
      if (late) return;
      try {
        const ret = decodeAnswer(procedure, answer);
        const layer = layerOf(ret);
        if (layer !== undefined) this.#link.startLayer(layer);
        resolve(ret);
      } catch (error) {
        reject(error);
      }
    };
    const bytes = encodeXdr(procedure.args, args);
    await this.#calls.call(procedure, bytes, deadlined(procedure, options), answered);
    return promise;
  }

  /** As `call`, and opens the stream that comes with the answer. Give it a connection of its own. */
  async openStream<Args, Ret>(
    procedure: StreamProcedure<Args, Ret>,
    args: Args,
    options: StreamOptions = {},
  ): Promise<{ reply: Ret; stream: RpcStream }> {
    const bytes = encodeXdr(procedure.args, args);
    let opening: OpeningStream | undefined;
    try {
      const answer = await this.#calls.call(
        procedure,
        bytes,
        deadlined(procedure, options),
        ({ header }, late) => {
          if (header.status !== messageStatuses.ok) opening?.refused();
          else if (late) opening?.takenBack();
          else opening?.opened();
        },
        (serial) => (opening = this.#streams.add(procedure, serial, options.sparse ?? false)),
      );
      const reply = decodeAnswer(procedure, answer);
      if (opening === undefined)
        throw new ProtocolError(`${procedure.name} was answered before it was sent.`);
      return { reply, stream: opening.stream };
    } catch (error) {
      opening?.givenUp();
      throw error;
    }
  }

  /** Takes the messages (events) of one procedure of the remote program; one handler each. */
  onMessage(procedure: number, handler: MessageHandler): void {
    this.#handlers.set(procedure, handler);
  }

  /** Starts our own pings. The peer's are answered in any case. */
  startKeepalive(options: KeepaliveOptions): void {
    if (options.intervalMs <= 0 || this.#isClosed || this.#pinger !== undefined) return;
    this.#pinger = new Pinger(options, {
      ping: (packet) => void this.#send(packet),
      dead: (silentMs) => this.#end(new ProtocolError(`${this.name} has not answered for ${silentMs} ms.`)),
    });
  }

  /** Closes at once; pending calls reject with `ConnectionLostError`. Idempotent. */
  close(): void {
    this.#end(undefined);
  }

  /** From here on the end of the link is what we want, whoever comes first. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** Closes because of `error`, which every pending call then carries as its cause. */
  fail(error: Error): void {
    this.#end(error);
  }

  async #readAll(): Promise<void> {
    try {
      for await (const frame of this.#link.frames()) {
        this.#pinger?.heard();
        this.#dispatch(frame);
        await this.#untilStreamsDrained();
        if (this.#isClosed) return;
      }
    } catch (error) {
      this.#end(error instanceof Error ? error : new ProtocolError(messageOf(error)));
    }
  }

  async #untilStreamsDrained(): Promise<void> {
    const drained = this.#streams.untilDrained();
    if (drained === undefined) return;
    // While we do not read, silence says nothing about the peer.
    this.#pinger?.pause();
    await drained;
    if (!this.#isClosed) this.#pinger?.resume();
  }

  #dispatch(frame: Frame): void {
    const { program, version, type } = frame.header;
    if (version !== protocolVersion) {
      this.#log.warn('a packet of an unknown protocol version', frame.header);
      return;
    }
    if (program === programs.keepalive) {
      this.#onKeepalive(frame.header);
      return;
    }
    switch (type) {
      case messageTypes.reply: {
        this.#onReply(frame);
        return;
      }
      case messageTypes.stream:
      case messageTypes.streamHole: {
        if (!this.#streams.accept(frame)) this.#log.debug('data of a stream that is gone', frame.header);
        return;
      }
      case messageTypes.message: {
        this.#onEvent(frame);
        return;
      }
      default: {
        this.#log.warn('a packet of an unexpected type', frame.header);
        return;
      }
    }
  }

  #onKeepalive(header: Header): void {
    if (header.procedure === keepaliveProcedures.pong) return;
    if (header.procedure !== keepaliveProcedures.ping) {
      this.#log.warn('an unknown keepalive packet', header);
      return;
    }
    // One pong at a time: a peer that pings without reading must not fill our memory.
    if (this.#pongUnderWay) return;
    this.#pongUnderWay = true;
    void this.#send(pongPacket).finally(() => (this.#pongUnderWay = false));
  }

  #onReply(frame: Frame): void {
    const match = this.#calls.answer(frame);
    if (match === 'unknown') this.#log.warn('a reply to no call of ours', frame.header);
    if (match === 'late') this.#log.debug('the late reply to a call that was given up', frame.header);
  }

  #onEvent({ header, payload }: Frame): void {
    const handler = header.program === programs.remote ? this.#handlers.get(header.procedure) : undefined;
    if (handler === undefined) {
      this.#log.warn('a message that nobody asked for', header);
      return;
    }
    handler(payload);
  }

  async #transmitOrThrow(header: Header, payload: Uint8Array): Promise<void> {
    if (this.#isClosed)
      throw new ConnectionLostError(`The connection to ${this.name} is closed.`, 'not-sent');
    await this.#link.send(encodeFrame(header, payload));
  }

  async #send(packet: Uint8Array): Promise<void> {
    try {
      await this.#link.send(packet);
    } catch (error) {
      this.#end(error instanceof Error ? error : new ProtocolError(messageOf(error)));
    }
  }

  #end(error: Error | undefined): void {
    if (this.#isClosed) return;
    if (this.#isLeaving) error = undefined;
    this.#isClosed = true;
    this.#pinger?.stop();
    this.#link.close();
    const message =
      error === undefined
        ? `The connection to ${this.name} was closed.`
        : `The connection to ${this.name} was lost: ${error.message}`;
    this.#calls.fail(message, error);
    const lost = new ConnectionLostError(message, 'unknown', { cause: error });
    this.#streams.fail(lost);
    this.#settleClosed(error === undefined ? undefined : lost);
  }
}

function deadlined(procedure: { longRunning: boolean }, options: CallOptions): CallOptions {
  const deadlineMs = options.deadlineMs ?? (procedure.longRunning ? Infinity : defaultDeadlineMs);
  return { ...options, deadlineMs };
}
