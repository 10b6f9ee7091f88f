import { DigestLayer } from '../../../../electron/libvirt/auth/digest/digest-layer.ts';
import type { SecurityLayer } from '../../../../electron/libvirt/auth/security-layer.ts';

/** Both ends of a layer that only numbers and checks, so that a test can read what it protects. */
export function integrityLayers(): { client: SecurityLayer; server: SecurityLayer } {
  const shared = { sessionHash: Buffer.alloc(16, 1), cipher: undefined, maxBlockBytes: 65_536 };
  return {
    client: new DigestLayer({ ...shared, side: 'client' }),
    server: new DigestLayer({ ...shared, side: 'server' }),
  };
}

/** A block as it is on the wire. */
export function framed(block: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(block.length);
  return Buffer.concat([length, block]);
}
