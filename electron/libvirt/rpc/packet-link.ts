import type { ByteStream } from '../../common/byte-stream.ts';
import { LayeredStream, type SecurityLayer } from '../auth/security-layer.ts';
import { FrameDecoder, type Frame } from './frame-decoder.ts';
import { ProtocolError } from './rpc-errors.ts';

export interface PacketLinkOptions {
  /** The peer in words, for messages. */
  readonly name: string;
  /** How long the peer may take to accept one packet. */
  readonly sendTimeoutMs: number;
  /** The peer did not take a packet in that time. */
  readonly onStalled: (error: ProtocolError) => void;
}

/** A byte stream as packets in both directions, behind the layer of a login once there is one. */
export class PacketLink {
  readonly #stream: LayeredStream;
  readonly #decoder = new FrameDecoder();
  readonly #options: PacketLinkOptions;

  constructor(stream: ByteStream, options: PacketLinkOptions) {
    this.#stream = new LayeredStream(stream);
    this.#options = options;
  }

  /** What the peer sends, in order, until it closes: that is always an error here. */
  async *frames(): AsyncGenerator<Frame, never> {
    for await (const bytes of this.#stream) {
      this.#decoder.push(bytes);
      for (let frame = this.#decoder.next(); frame !== undefined; frame = this.#decoder.next()) yield frame;
    }
    const inside = this.#decoder.pendingBytes > 0 ? ' in the middle of a packet' : '';
    throw new ProtocolError(`${this.#options.name} closed the connection${inside}.`);
  }

  /** From here on all bytes go through the layer, those behind the frame that was read last included. */
  startLayer(layer: SecurityLayer): void {
    this.#stream.startLayer(layer, this.#decoder.takeRest());
  }

  /** Resolves when the peer has room for more. */
  async send(packet: Uint8Array): Promise<void> {
    const { name, sendTimeoutMs, onStalled } = this.#options;
    const timer = setTimeout(() => {
      onStalled(new ProtocolError(`${name} has not taken what was sent to it for ${sendTimeoutMs} ms.`));
    }, sendTimeoutMs);
    try {
      await this.#stream.send(packet);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#stream.close();
  }
}
