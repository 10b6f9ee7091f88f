import { BadInputError } from '../common/errors.ts';
import type { LibvirtClient } from './client.ts';
import { procedures } from './protocol/procedures.ts';
import type { VolumeRef } from './protocol/references.ts';
import type { CallOptions } from './rpc/call-table.ts';
import type { StreamPart } from './rpc/stream.ts';
import { untilAborted } from './stream-abort.ts';

/*
 * The content of storage volumes. Both directions hold no more than about a mebibyte in memory, whatever the size.
 * Give each transfer a client of its own, because a reader that pauses stalls its whole connection.
 */

/** `VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM`, and the same number for uploads. */
const sparseFlag = 1;

export interface VolumeRange {
  /** Where to begin, in bytes; 0 if not given. */
  readonly offset?: bigint | undefined;
  /** How many bytes; to the end of a volume being read, as many as come for one being written, if not given. */
  readonly length?: bigint | undefined;
}

export interface TransferOptions extends VolumeRange, CallOptions {
  /** Runs of zeroes travel as holes. @throws from the host where its libvirt is older than 3.4 */
  readonly sparse?: boolean | undefined;
}

export interface UploadOptions extends TransferOptions {
  /** Called after each part was handed to the connection: sent so far in bytes, holes included. */
  readonly onProgress?: ((sentBytes: bigint) => void) | undefined;
}

/**
 * Reads a volume. Parts that are holes come only with `sparse`. Leaving the loop early, or the signal, gives the
 * transfer up and leaves the client usable.
 *
 * @throws {LibvirtError} what the host has against it, at the start or in the middle
 * @throws {CallAbandonedError} after the signal fired
 */
export async function* downloadVolume(
  client: LibvirtClient,
  vol: VolumeRef,
  { offset = 0n, length = 0n, sparse = false, signal, deadlineMs }: TransferOptions = {},
): AsyncGenerator<StreamPart, void, undefined> {
  const args = { vol, offset, length, flags: sparse ? sparseFlag : 0 };
  const { stream } = await client.openStream(procedures.storageVolDownload, args, {
    signal,
    deadlineMs,
    sparse,
  });
  let ended = false;
  try {
    const parts = stream.parts();
    for (;;) {
      const next = await untilAborted(stream, signal, () => parts.next());
      if (next.done === true) break;
      yield next.value;
    }
    await untilAborted(stream, signal, () => stream.finish());
    ended = true;
  } finally {
    if (!ended) await stream.abort();
  }
}

/**
 * Writes a volume from `source`. Resolves with the bytes sent, holes included, only after the host has confirmed that
 * it wrote them; until then nothing is known to be written.
 *
 * @throws {LibvirtError} what the host has against it, as when more comes than was announced
 * @throws {CallAbandonedError} after the signal fired; what was written until then stays written
 */
export async function uploadVolume(
  client: LibvirtClient,
  vol: VolumeRef,
  source: AsyncIterable<StreamPart> | Iterable<StreamPart>,
  { offset = 0n, length = 0n, sparse = false, onProgress, signal, deadlineMs }: UploadOptions = {},
): Promise<bigint> {
  const args = { vol, offset, length, flags: sparse ? sparseFlag : 0 };
  const { stream } = await client.openStream(procedures.storageVolUpload, args, {
    signal,
    deadlineMs,
    sparse,
  });
  return await untilAborted(stream, signal, async () => {
    let sentBytes = 0n;
    for await (const part of source) {
      if (part instanceof Uint8Array) {
        await stream.send(part);
        sentBytes += BigInt(part.length);
      } else if (sparse) {
        await stream.sendHole(part);
        sentBytes += part.holeBytes;
      } else {
        throw new BadInputError('hole-unexpected', 'A hole can be sent only in a sparse upload.');
      }
      onProgress?.(sentBytes);
    }
    await stream.finish();
    return sentBytes;
  });
}
