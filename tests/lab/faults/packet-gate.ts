import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { encodeFrame, type Frame, FrameDecoder } from '../../../electron/libvirt/rpc/frame-decoder.ts';
import type { Procedure } from '../../../electron/libvirt/protocol/procedure.ts';
import { messageStatuses, messageTypes } from '../../../electron/libvirt/rpc/header.ts';
import { decodeXdr, encodeXdr } from '../../../electron/libvirt/xdr/codec.ts';

/** One packet of libvirt's protocol: the first of its kind that comes by. */
export interface Packet {
  /** Any of them will do: one step has more than one procedure. */
  procedures: readonly number[];
  message: 'call' | 'reply';
}

/** What becomes of the packet that was held: passed on; lost with its connection; exchanged for noise. */
export type Release = 'pass' | 'lose' | 'garble';

interface Hold {
  packet: Packet;
  held: () => void;
  release: Promise<Release>;
}

/** What a daemon is to have said instead, made of what it did say. */
type Retold = (payload: Uint8Array) => Uint8Array;

/**
 * Passes packets on between two sockets. One packet can be held: then a migration stands at the very point of it. And answers
 * can be told otherwise.
 */
export class PacketGate {
  #hold: Hold | undefined;
  readonly #retold = new Map<number, Retold>();

  /** @returns a promise that resolves when the packet is there and held */
  hold(packet: Packet, release: Promise<Release>): Promise<undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#hold = { packet, held: () => resolve(undefined), release };
    return promise;
  }

  /** Every answer to this procedure that tells of no error is `retold`. */
  retell<Args, Ret>({ number, ret }: Procedure<Args, Ret>, retold: (answer: Ret) => Ret): void {
    this.#retold.set(number, (payload) => encodeXdr(ret, retold(decodeXdr(ret, payload))));
  }

  /** Nothing is to be held any more. */
  clear(): void {
    this.#hold = undefined;
  }

  /** Both ways; where one side closes, so does the other. */
  join(client: Socket, daemon: Socket): void {
    for (const [socket, other] of [
      [client, daemon],
      [daemon, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
    void this.#carry(client, daemon, 'call');
    void this.#carry(daemon, client, 'reply');
  }

  /** In order; what a broken connection leaves is dropped, as on a wire. */
  async #carry(from: Socket, to: Socket, message: Packet['message']): Promise<void> {
    const decoder = new FrameDecoder();
    try {
      for await (const bytes of from as AsyncIterable<Uint8Array>) {
        decoder.push(bytes);
        for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
          const passed = await this.#passed(frame, message);
          if (passed === undefined) {
            to.destroy();
            return;
          }
          to.write(passed);
        }
      }
      to.end();
    } catch {
      to.destroy();
    }
  }

  async #passed(frame: Frame, message: Packet['message']): Promise<Uint8Array | undefined> {
    const { header, payload } = frame;
    const hold = this.#hold;
    const isHeld =
      hold?.packet.message === message &&
      hold.packet.procedures.includes(header.procedure) &&
      header.type === messageTypes[message];
    if (!isHeld) {
      const isAnswer = header.type === messageTypes.reply && header.status === messageStatuses.ok;
      const retold = isAnswer ? this.#retold.get(header.procedure) : undefined;
      return encodeFrame(header, retold?.(payload) ?? payload);
    }
    this.#hold = undefined;
    hold.held();
    const release = await hold.release;
    if (release === 'lose') return undefined;
    return encodeFrame(header, release === 'pass' ? payload : randomBytes(payload.length + 1));
  }
}
