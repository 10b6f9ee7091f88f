import { createServer, type Server } from 'node:net';

import type { ByteStream } from '../../electron/common/byte-stream.ts';
import {
  domainEvents,
  type DomainEventKind,
  type DomainEventPayloads,
} from '../../electron/libvirt/protocol/events.ts';
import { wireErrorCodec, type WireError } from '../../electron/libvirt/protocol/libvirt-error.ts';
import { programs, type Procedure } from '../../electron/libvirt/protocol/procedure.ts';
import { procedures } from '../../electron/libvirt/protocol/procedures.ts';
import { encodeFrame, FrameDecoder, type Frame } from '../../electron/libvirt/rpc/frame-decoder.ts';
import { messageStatuses, messageTypes } from '../../electron/libvirt/rpc/header.ts';
import { keepaliveProcedures, pongPacket } from '../../electron/libvirt/rpc/keepalive.ts';
import { SocketStream } from '../../electron/libvirt/transports/socket-stream.ts';
import { decodeXdr, encodeXdr, type Codec } from '../../electron/libvirt/xdr/codec.ts';

/** Thrown by a handler: the daemon answers with this error. */
export class Refusal extends Error {
  readonly wire: WireError;

  constructor(wire: Partial<WireError> & { code: number }) {
    super(wire.message);
    const absent = { message: undefined, dom: undefined, str1: undefined, str2: undefined, str3: undefined };
    this.wire = { domain: 10, level: 2, int1: -1, int2: -1, net: undefined, ...absent, ...wire };
  }
}

type RawHandler = (frame: Frame, daemon: FakeDaemon) => void | Promise<void>;

/**
 * A scriptable peer that speaks libvirt's protocol on the daemon's side of a byte stream.
 *
 * Without a script it lets everybody in, has keepalive and opens everything; any other call is "unknown".
 */
export class FakeDaemon {
  /** Every packet that the client sent, in order. */
  readonly received: Frame[] = [];
  readonly #stream: ByteStream;
  readonly #handlers = new Map<number, RawHandler>();
  readonly #watchers = new Set<() => void>();
  answersPings = true;
  /** Settles when the client's side has ended. */
  readonly ended: Promise<void>;

  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.answer(procedures.authList, () => ({ types: [0] }));
    this.answer(procedures.connectSupportsFeature, () => ({ supported: true }));
    this.answer(procedures.connectOpen, () => ({}));
    this.answer(procedures.connectRegisterCloseCallback, () => ({}));
    this.answer(procedures.connectClose, () => ({}));
    this.ended = this.#run();
  }

  /** Answers a procedure by a function of its arguments; throw a `Refusal` to answer with an error. */
  answer<Args, Ret>(
    procedure: Procedure<Args, Ret>,
    handler: (args: Args, serial: number) => Ret | Promise<Ret>,
  ): this {
    return this.handle(procedure, async ({ header, payload }) => {
      try {
        const ret = await handler(decodeXdr(procedure.args, payload), header.serial);
        this.reply(procedure, header.serial, encodeXdr(procedure.ret, ret));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.reply(procedure, header.serial, encodeXdr(wireErrorCodec, error.wire), messageStatuses.error);
      }
    });
  }

  /** Takes the packets of a procedure as they are: for peers that break the rules. */
  handle(procedure: { number: number }, handler: RawHandler): this {
    this.#handlers.set(procedure.number, handler);
    return this;
  }

  reply(
    procedure: { number: number },
    serial: number,
    payload: Uint8Array,
    status: number = messageStatuses.ok,
  ): void {
    this.sendPacket(procedure.number, messageTypes.reply, serial, status, payload);
  }

  sendStream(
    procedure: { number: number },
    serial: number,
    status: number,
    payload: Uint8Array = new Uint8Array(0),
  ): void {
    this.sendPacket(procedure.number, messageTypes.stream, serial, status, payload);
  }

  sendEvent<K extends DomainEventKind>(kind: K, callbackId: number, payload: DomainEventPayloads[K]): void {
    const { procedure, message } = domainEvents[kind];
    const codec = message as Codec<{ callbackId: number; payload: DomainEventPayloads[K] }>;
    this.sendPacket(
      procedure,
      messageTypes.message,
      0,
      messageStatuses.ok,
      encodeXdr(codec, { callbackId, payload }),
    );
  }

  sendPacket(procedure: number, type: number, serial: number, status: number, payload: Uint8Array): void {
    const header = { program: programs.remote, version: 1, procedure, type, serial, status };
    this.sendRaw(encodeFrame(header, payload));
  }

  sendRaw(bytes: Uint8Array): void {
    void this.#stream.send(bytes).catch(() => undefined);
  }

  close(): void {
    this.#stream.close();
  }

  /** Calls of one procedure that arrived so far. */
  callsOf(procedure: { number: number }): Frame[] {
    return this.received.filter(
      ({ header }) => header.procedure === procedure.number && header.program === programs.remote,
    );
  }

  /** Resolves once the packets received satisfy the condition. */
  async until(condition: (daemon: this) => boolean): Promise<void> {
    while (!condition(this)) {
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  async #run(): Promise<void> {
    const decoder = new FrameDecoder();
    try {
      for await (const bytes of this.#stream) {
        decoder.push(bytes);
        for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) this.#take(frame);
      }
    } catch {
      // The client went away; scripts look at what was received.
    }
  }

  #take(frame: Frame): void {
    this.received.push(frame);
    const { program, procedure, serial, type } = frame.header;
    if (program === programs.keepalive) {
      if (procedure === keepaliveProcedures.ping && this.answersPings) this.sendRaw(pongPacket);
    } else {
      const handler = this.#handlers.get(procedure);
      if (handler !== undefined) void handler(frame, this);
      else if (type === messageTypes.call) {
        const wire = new Refusal({ code: 39, domain: 7, message: `unknown procedure: ${procedure}` }).wire;
        this.reply({ number: procedure }, serial, encodeXdr(wireErrorCodec, wire), messageStatuses.error);
      }
    }
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const wake of watchers) wake();
  }
}

/** Serves fake daemons on a unix socket, one for each connection. */
export async function serveFakeDaemon(path: string, script: (daemon: FakeDaemon) => void): Promise<Server> {
  const server = createServer((socket) => script(new FakeDaemon(new SocketStream(socket))));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
