import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Procedure } from '../../../electron/libvirt/protocol/procedure.ts';
import { leaderOf } from '../host.ts';
import type { HostLayout } from '../layout.ts';
import { type Packet, PacketGate, type Release } from './packet-gate.ts';

/** Where Viaduct finds the gate on the host, as the URI parameter `socket`. */
export const gateSocket = '/run/lab-gate.sock';

/** Stands before the daemon's socket on a host, for as long as tests need, and passes everything on. */
export class RpcGate implements AsyncDisposable {
  readonly #host: HostLayout;
  readonly #sockets = new Set<Socket>();
  readonly #packets = new PacketGate();
  #server: Server | undefined;
  /** The host's file system as this machine sees it, while the host runs. */
  #openIn: string | undefined;

  constructor(host: HostLayout) {
    this.#host = host;
  }

  /** Nobody passes who passed before, and nothing is to be held any more. */
  async open(): Promise<void> {
    await this.#close();
    this.#packets.clear();
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
    return this.#packets.hold(packet, release);
  }

  /** Every answer to this procedure is `retold`: for what a daemon of the lab never says. */
  retell<Args, Ret>(procedure: Procedure<Args, Ret>, retold: (answer: Ret) => Ret): void {
    this.#packets.retell(procedure, retold);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #root(): Promise<string> {
    return `/proc/${String(await leaderOf(this.#host))}/root`;
  }

  #meet(client: Socket, daemonSocket: string): void {
    const daemon = connect(daemonSocket);
    for (const socket of [client, daemon]) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    this.#packets.join(client, daemon);
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
