import { ViaductError } from '../common/errors.ts';
import type { HostAccess } from '../hosts/host-access.ts';
import { domainByUuid, screenshot } from '../libvirt/index.ts';
import { pngOfPixmap } from './pixmap.ts';

/** How long a host may take; a picture is read by QEMU and carried in a second or two. */
const deadlineMs = 20_000;

/**
 * What the first screen of a guest shows now, as PNG, over a connection of its own.
 *
 * @throws ViaductError `screenshot-format` for a picture that is none; what the host has against it otherwise
 */
export async function takeScreenshot(
  host: HostAccess,
  guestUuid: string,
): Promise<{ png: Uint8Array; takenAtMs: number }> {
  const signal = AbortSignal.timeout(deadlineMs);
  const client = await host.connect(signal);
  try {
    const dom = await domainByUuid(client, guestUuid, { signal });
    const picture = await screenshot(client, dom, 0, { signal });
    return { png: asPng(picture.bytes), takenAtMs: Date.now() };
  } finally {
    await client.close();
  }
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** By the picture's own first bytes: the type that a host names is no proof. */
function asPng(bytes: Uint8Array): Uint8Array {
  if (pngSignature.equals(bytes.subarray(0, pngSignature.length))) return bytes;
  const png = pngOfPixmap(bytes);
  if (png !== undefined) return png;
  throw new ViaductError('screenshot-format', 'The host sent a picture in a format that is not known.');
}
