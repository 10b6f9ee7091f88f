import { isIP } from 'node:net';
import { HostProbe } from './facts/host-probe.ts';
import { requireShell } from './inspect.ts';
import type { SetupHost } from './setup-host.ts';

/** Addresses in the output of `getent ahosts`, each once. */
export function parseAhosts(output: string): string[] {
  const found = output.split('\n').flatMap((line) => {
    const [address = ''] = line.trim().split(/\s+/);
    return isIP(address.replace(/%.*$/, '')) === 0 ? [] : [address];
  });
  return [...new Set(found)];
}

/**
 * The addresses of the other hosts as `host` knows them, by asking its resolver. Names that it does
 * not know have none, and addresses that lead back to itself are left out.
 */
export async function peerAddresses(
  host: SetupHost,
  peers: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const probe = new HostProbe(await requireShell(host, signal), undefined, signal);
  const found = await Promise.all(
    peers.map(async (peer) =>
      isIP(peer) === 0 ? parseAhosts((await probe.ask(['getent', 'ahosts', peer])).output) : [peer],
    ),
  );
  return [...new Set(found.flat())].filter((address) => !/^(127\.|::1$|fe80:)/i.test(address));
}
