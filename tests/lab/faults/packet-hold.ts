import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { encodeFrame, type Frame, FrameDecoder } from '../../../electron/libvirt/rpc/frame-decoder.ts';
import { messageTypes } from '../../../electron/libvirt/rpc/header.ts';

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

/** Passes packets on between two sockets. One packet can be held: then a migration stands at the very point of it. */
export class PacketHold {
  #hold: Hold | undefined;

  /** @returns a promise that resolves when the packet is there and held */
  hold(packet: Packet, release: Promise<Release>): Promise<undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#hold = { packet, held: () => resolve(undefined), release };
    return promise;
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
    if (!isHeld) return encodeFrame(header, payload);
    this.#hold = undefined;
    hold.held();
    const release = await hold.release;
    if (release === 'lose') return undefined;
    return encodeFrame(header, release === 'pass' ? payload : randomBytes(payload.length + 1));
  }
}
