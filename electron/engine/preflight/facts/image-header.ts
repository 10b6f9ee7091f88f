/** What the first bytes of a disk image say. */
export interface ImageHeader {
  format: 'qcow2' | 'raw';
  capacityBytes: number;
}

/** As many bytes as `parseImageHeader` looks at. */
export const imageHeaderBytes = 32;

const qcowMagic = 0x514649fb;

/**
 * The format and the virtual size of an image: a qcow2's from its header (docs/interop/qcow2.txt of QEMU: magic at 0,
 * size at 24, big-endian), else the file's own size.
 */
export function parseImageHeader(head: Uint8Array, sizeBytes: number): ImageHeader {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isQcow =
    head.byteLength >= imageHeaderBytes && view.getUint32(0) === qcowMagic && view.getUint32(4) >= 2;
  return isQcow
    ? { format: 'qcow2', capacityBytes: Number(view.getBigUint64(24)) }
    : { format: 'raw', capacityBytes: sizeBytes };
}
