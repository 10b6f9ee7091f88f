import { decodeXdr, encodeXdr } from '../xdr/codec.ts';
import { headerCodec, lengthWordBytes, maxPacketBytes, packetOverheadBytes, type Header } from './header.ts';
import { ProtocolError } from './rpc-errors.ts';

export interface Frame {
  readonly header: Header;
  readonly payload: Uint8Array;
}

const initialBufferBytes = 65_536;
/** From here on a buffer grows in place: copying it to a larger one would take the memory of both. */
const largePacketBytes = 1_048_576;

/**
 * Cuts a byte stream into packets: bytes in, a packet or "not yet" out, no I/O.
 *
 * The length word is checked as soon as it is there, and the buffer grows with what has really arrived, never
 * with what the peer announces.
 */
export class FrameDecoder {
  #buffer = new Uint8Array(initialBufferBytes);
  #start = 0;
  #end = 0;

  push(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The next whole packet, or `undefined` until more bytes come. @throws {ProtocolError} for an impossible length. */
  next(): Frame | undefined {
    const available = this.#end - this.#start;
    if (available < lengthWordBytes) return undefined;
    const view = new DataView(this.#buffer.buffer, this.#start, available);
    const length = view.getUint32(0);
    if (length < packetOverheadBytes || length > maxPacketBytes) {
      throw new ProtocolError(`The peer announced a packet of ${length} bytes, which cannot be.`, {
        remedy:
          'Check that the address leads to a libvirt daemon and that nothing else writes to the stream.',
      });
    }
    if (available < length) return undefined;
    const packet = this.#take(length);
    return {
      header: decodeXdr(headerCodec, packet.subarray(lengthWordBytes, packetOverheadBytes)),
      payload: packet.subarray(packetOverheadBytes),
    };
  }

  /** What was pushed and not yet cut off: it belongs to another decoder from here on. */
  takeRest(): Uint8Array {
    const rest = this.#buffer.slice(this.#start, this.#end);
    this.#start = this.#end;
    return rest;
  }

  /** Bytes of a packet that is not whole yet: an end of stream is orderly only while this is 0. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  #take(length: number): Uint8Array {
    const start = this.#start;
    this.#start += length;
    if (length <= initialBufferBytes) return this.#buffer.slice(start, this.#start);
    // A large packet keeps the buffer it arrived in; copying it would need its size twice.
    const packet = this.#buffer.subarray(start, this.#start);
    const rest = this.#buffer.subarray(this.#start, this.#end);
    this.#buffer = new Uint8Array(Math.max(initialBufferBytes, rest.length));
    this.#buffer.set(rest);
    this.#start = 0;
    this.#end = rest.length;
    return packet;
  }

  #makeRoom(count: number): void {
    if (this.#end + count <= this.#buffer.length) return;
    const pending = this.#end - this.#start;
    const needed = pending + count;
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#start = 0;
      this.#end = pending;
    }
    if (needed <= this.#buffer.length) return;
    const { buffer } = this.#buffer;
    if (buffer.resizable && needed <= buffer.maxByteLength) {
      buffer.resize(Math.min(needed + largePacketBytes, buffer.maxByteLength));
      return;
    }
    const grown = this.#roomFor(needed);
    grown.set(this.#buffer.subarray(0, pending));
    this.#buffer = grown;
  }

  /** For a large packet only its address space is taken: memory follows as the buffer is resized. */
  #roomFor(needed: number): Uint8Array<ArrayBuffer> {
    const announced = this.#end < lengthWordBytes ? 0 : new DataView(this.#buffer.buffer).getUint32(0);
    if (announced <= largePacketBytes) return new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    const maxByteLength = Math.max(needed, Math.min(announced, maxPacketBytes));
    return new Uint8Array(new ArrayBuffer(needed, { maxByteLength }));
  }
}

export function encodeFrame(header: Header, payload: Uint8Array): Uint8Array {
  const length = packetOverheadBytes + payload.length;
  if (length > maxPacketBytes) {
    throw new ProtocolError(`A packet of ${length} bytes is over the limit of ${maxPacketBytes}.`);
  }
  const packet = new Uint8Array(length);
  new DataView(packet.buffer).setUint32(0, length);
  packet.set(encodeXdr(headerCodec, header), lengthWordBytes);
  packet.set(payload, packetOverheadBytes);
  return packet;
}
