import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { mustRunOnHost, runOnHost } from '../host.ts';
import { type HostLayout, network } from '../layout.ts';
import { type Packet, PacketGate, type Release } from './packet-gate.ts';

const table = 'lab_peer_gate';
const controlPort = 16_514;

/**
 * Stands on the way from one host's daemon to the other's and passes everything on. To the source it shows the
 * destination's certificate and to the destination the source's: only so can be read what the two say to each other.
 */
export class PeerGate implements AsyncDisposable {
  readonly #source: HostLayout;
  readonly #destination: HostLayout;
  readonly #sockets = new Set<TLSSocket>();
  readonly #packets = new PacketGate();
  readonly #server: Server;

  static async open(source: HostLayout, destination: HostLayout): Promise<PeerGate> {
    const [server, client] = await Promise.all([
      identityOf(destination, 'server'),
      identityOf(source, 'client'),
    ]);
    const gate = new PeerGate(source, destination, server, client);
    gate.#server.listen(0, '::');
    await once(gate.#server, 'listening');
    await gate.#lead();
    return gate;
  }

  private constructor(source: HostLayout, destination: HostLayout, server: Identity, client: Identity) {
    this.#source = source;
    this.#destination = destination;
    // libvirt takes the first record after the handshake for the daemon's verdict; in TLS 1.3 that is a session ticket.
    const options = { maxVersion: 'TLSv1.2', requestCert: true, rejectUnauthorized: true } as const;
    this.#server = createServer({ ...server, ...options }, (peer) => {
      void this.#meet(peer, client).catch(() => peer.destroy());
    });
  }

  /** @returns a promise that resolves when the packet is there and held */
  hold(packet: Packet, release: Promise<Release>): Promise<undefined> {
    return this.#packets.hold(packet, release);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It is gone where the host was without power in between.
    await runOnHost(this.#source, ['nft', 'delete', 'table', 'inet', table]);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** What the source sends to the other daemon goes to this gate. */
  async #lead(): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    const { address, address6 } = this.#destination;
    const rules = `table inet ${table} {
  chain output {
    type nat hook output priority -100; policy accept;
    ip daddr ${address} tcp dport ${controlPort} dnat ip to ${network.address}:${port}
    ip6 daddr ${address6} tcp dport ${controlPort} dnat ip6 to [${network.address6}]:${port}
  }
}
`;
    await mustRunOnHost(this.#source, ['nft', '-f', '-'], { stdin: rules });
  }

  async #meet(peer: TLSSocket, client: Identity): Promise<void> {
    this.#keep(peer);
    const { address, address6, fqdn } = this.#destination;
    const host = isIPv6(peer.remoteAddress?.replace(/^::ffff:/, '') ?? '') ? address6 : address;
    const daemon = connect({ host, port: controlPort, servername: fqdn, ...client });
    this.#keep(daemon);
    await once(daemon, 'secureConnect');
    // The byte by which a daemon says that it takes the client's certificate; what follows is packets.
    const [verdict] = (await once(daemon, 'data')) as [Uint8Array];
    daemon.pause();
    peer.write(verdict);
    this.#packets.join(peer, daemon);
  }

  #keep(socket: TLSSocket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

interface Identity {
  ca: Buffer;
  cert: Buffer;
  key: Buffer;
}

async function identityOf(host: HostLayout, usage: 'server' | 'client'): Promise<Identity> {
  const read = (path: string): Promise<Buffer> => readFile(join(host.root, 'etc/pki', path));
  const [ca, cert, key] = await Promise.all([
    read('CA/cacert.pem'),
    read(`libvirt/${usage}cert.pem`),
    read(`libvirt/private/${usage}key.pem`),
  ]);
  return { ca, cert, key };
}
