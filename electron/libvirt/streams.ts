import { ViaductError } from '../common/errors.ts';
import type { LibvirtClient } from './client.ts';
import { procedures } from './protocol/procedures.ts';
import type { DomainRef } from './protocol/references.ts';
import type { CallOptions } from './rpc/call-table.ts';
import type { RpcStream } from './rpc/stream.ts';
import { untilAborted } from './stream-abort.ts';

/*
 * What streams carry apart from volumes. A stream that is not read stalls its whole connection, so each of these wants
 * a client of its own, which the caller opens and closes.
 */

/** `VIR_DOMAIN_CONSOLE_*`. */
const consoleFlags = { force: 1, safe: 2 } as const;

export interface ConsoleOptions {
  /** The alias of a serial, parallel or console device; the first one if not given. */
  readonly device?: string | undefined;
  /** Takes the console over from whoever has it open. */
  readonly force?: boolean | undefined;
  /** Refuses to open it where the host cannot keep two users apart. */
  readonly safe?: boolean | undefined;
}

/**
 * Opens a guest's serial console; what comes and goes is raw bytes. It ends when the guest stops or when somebody else
 * takes it over; `abort` lets go of it.
 *
 * @throws {LibvirtError} `operationFailed` when somebody has it open and `force` was not asked for (libvirt's
 * qemuDomainOpenConsole); `operationInvalid` when the guest does not run; `internalError` when it has no such device
 */
export async function openConsole(
  client: LibvirtClient,
  dom: DomainRef,
  { device, force = false, safe = false }: ConsoleOptions = {},
  options?: CallOptions,
): Promise<RpcStream> {
  const flags = (force ? consoleFlags.force : 0) | (safe ? consoleFlags.safe : 0);
  const { stream } = await client.openStream(
    procedures.domainOpenConsole,
    { dom, devName: device, flags },
    options,
  );
  return stream;
}

export interface Screenshot {
  /** As the host says: `image/png` or `image/x-portable-pixmap`. */
  readonly mime: string;
  readonly bytes: Uint8Array;
}

/** The largest picture that is taken; 4K in 24 bits is 24 MiB as a pixmap. */
export const maxScreenshotBytes = 64 * 1024 * 1024;

/**
 * A picture of what a guest's screen shows. `screen` counts its heads over all video devices from 0.
 *
 * @throws {ViaductError} `screenshot-too-large` beyond {@link maxScreenshotBytes}
 * @throws {LibvirtError} when the guest does not run, or has no such screen
 */
export async function screenshot(
  client: LibvirtClient,
  dom: DomainRef,
  screen = 0,
  { signal, ...options }: CallOptions = {},
): Promise<Screenshot> {
  const args = { dom, screen, flags: 0 };
  const { reply, stream } = await client.openStream(procedures.domainScreenshot, args, {
    ...options,
    signal,
  });
  const bytes = await untilAborted(stream, signal, async () => {
    const all = await collect(stream);
    await stream.finish();
    return all;
  });
  return { mime: reply.mime ?? 'application/octet-stream', bytes };
}

async function collect(stream: RpcStream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxScreenshotBytes) {
      throw new ViaductError('screenshot-too-large', 'The picture of the screen is larger than 64 MiB.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
