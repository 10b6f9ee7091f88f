import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { encodeFrame, type Frame, FrameDecoder } from '../../../electron/libvirt/rpc/frame-decoder.ts';
import { messageTypes } from '../../../electron/libvirt/rpc/header.ts';
import { leaderOf } from '../host.ts';
import type { HostLayout } from '../layout.ts';

/** One packet of libvirt's protocol: the first of its kind that comes by. */
export interface Packet {
  procedure: number;
  message: 'call' | 'reply';
}

/** What becomes of the packet that was held: passed on; lost with its connection; exchanged for noise. */
export type Release = 'pass' | 'lose' | 'garble';

interface Hold {
  packet: Packet;
  held: () => void;
  release: Promise<Release>;
}

/** Where Viaduct finds the gate on the host, as the URI parameter `socket`. */
export const gateSocket = '/run/lab-gate.sock';

/**
 * Stands before the daemon's socket on a host and passes everything on, packet by packet. One packet can be held: then
 * a migration is at the very point where it is on its way, for as long as a test needs.
 */
export class RpcGate implements AsyncDisposable {
  readonly #host: HostLayout;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  /** The host's file system as this machine sees it, while the host runs. */
  #openIn: string | undefined;
  #hold: Hold | undefined;

  constructor(host: HostLayout) {
    this.#host = host;
  }

  /** Nobody passes who passed before, and nothing is to be held any more. */
  async open(): Promise<void> {
    await this.#close();
    this.#hold = undefined;
    const root = await this.#root();
    await rm(root + gateSocket, { force: true });
    this.#openIn = root;
    this.#server = createServer((client) => this.#meet(client, `${root}/run/libvirt/libvirt-sock`));
    this.#server.listen(root + gateSocket);
    await once(this.#server, 'listening');
  }

  /** Opens it where the host has booted since, which took the socket away. */
  async stand(): Promise<void> {
    if (this.#openIn !== (await this.#root())) await this.open();
  }

  /** @returns a promise that resolves when the packet is there and held */
  hold(packet: Packet, release: Promise<Release>): Promise<undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#hold = { packet, held: () => resolve(undefined), release };
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #root(): Promise<string> {
    return `/proc/${String(await leaderOf(this.#host))}/root`;
  }

  #meet(client: Socket, daemonSocket: string): void {
    const daemon = connect(daemonSocket);
    const both = [client, daemon];
    for (const socket of both) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        for (const each of both) each.destroy();
      });
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
      hold.packet.procedure === header.procedure &&
      header.type === messageTypes[message];
    if (!isHeld) return encodeFrame(header, payload);
    this.#hold = undefined;
    hold.held();
    const release = await hold.release;
    if (release === 'lose') return undefined;
    return encodeFrame(header, release === 'pass' ? payload : randomBytes(payload.length + 1));
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    server.close();
    if (server.listening) await once(server, 'close');
  }
}
