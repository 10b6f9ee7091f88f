import { join } from 'node:path';
import { ViaductError } from '../../common/errors.ts';
import { makeLocalFolder } from './local-folder.ts';
import type { OpenRelayEnd, RelayEnd, SocketOwner } from './relay-end.ts';

type Side = 'source' | 'destination';

export interface RelayRequest {
  ends: Record<Side, RelayEnd>;
  owners: Record<Side, SocketOwner>;
  /** What the guest is called on the destination. */
  guestName: string;
  /** Whether disks are copied: they go through a socket of their own. */
  withDisks: boolean;
}

/** Absolute paths on one host. */
export interface RelayPaths {
  memory: string;
  disks: string | undefined;
}

/** What carries a guest from the source's sockets to the destination's. */
export interface Relay {
  /** Where the source's daemon and QEMU connect. */
  readonly source: RelayPaths;
  /** Where the destination's QEMU is to listen. */
  readonly destination: RelayPaths;
  /** Settles once, when either session breaks; with `undefined` after `close`. */
  readonly broken: Promise<ViaductError | undefined>;
  /** Removes sockets and folders on both hosts and here. Never rejects. */
  close(): Promise<void>;
}

/**
 * Joins sockets on both hosts through this machine: two SSH sessions that meet in a folder of its own.
 *
 * Nothing is left anywhere when it rejects. @throws ViaductError with the side
 */
export async function openRelay(request: RelayRequest, signal?: AbortSignal): Promise<Relay> {
  const { ends, owners, guestName, withDisks } = request;
  const local = await makeLocalFolder();
  const open: OpenRelayEnd[] = [];
  const kinds = withDisks ? (['memory', 'disks'] as const) : (['memory'] as const);
  const close = async (): Promise<void> => {
    await Promise.all(open.map((end) => end.close()));
    await local.remove();
  };
  const openEnd = async (side: Side): Promise<{ end: OpenRelayEnd; paths: RelayPaths }> => {
    const way = side === 'source' ? 'listen' : 'connect';
    const end = await ends[side]
      .open(
        {
          owner: owners[side],
          sockets: (folder) =>
            kinds.map((kind) => ({
              name: socketName(kind, guestName, folder),
              local: join(local.path, kind),
              way,
            })),
        },
        signal,
      )
      .catch((error: unknown) => {
        throw error instanceof ViaductError ? withSide(error, side) : error;
      });
    open.push(end);
    const path = (kind: 'memory' | 'disks') => `${end.folder}/${socketName(kind, guestName, end.folder)}`;
    return { end, paths: { memory: path('memory'), disks: withDisks ? path('disks') : undefined } };
  };
  const opening = await Promise.allSettled([openEnd('source'), openEnd('destination')]);
  const [source, destination] = opening;
  if (source.status === 'rejected' || destination.status === 'rejected') {
    await close();
    const failed = opening.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    throw failed.reason;
  }
  const broken = Promise.race(
    (['source', 'destination'] as const).map(async (side, index) => {
      const error = await [source, destination][index]?.value.end.closed;
      return error && withSide(error, side);
    }),
  );
  return { source: source.value.paths, destination: destination.value.paths, broken, close };
}

/** sun_path of unix(7), less the final NUL. */
const maxPathBytes = 107;

/**
 * libvirt's AppArmor profile lets QEMU listen below /run/libvirt on sockets that are named so (virt-aa-helper.c), and
 * on no others. Names that do not fit go without: then a profile that is enforced has to be told.
 */
export function socketName(kind: string, guestName: string, folder: string): string {
  const name = `${kind}.tunnelmigrate.dest.${guestName}`;
  const isPlain = /^[A-Za-z0-9._-]+$/.test(guestName);
  return isPlain && Buffer.byteLength(`${folder}/${name}`) <= maxPathBytes ? name : kind;
}

function withSide(error: ViaductError, side: Side): ViaductError {
  if (error.side !== undefined) return error;
  const { code, message, remedy } = error;
  return new ViaductError(code, message, { cause: error, side, ...(remedy !== undefined && { remedy }) });
}
