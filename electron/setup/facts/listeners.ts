import type { HostProbe } from './host-probe.ts';

/** TCP ports on which something listens, by the kernel's own table. */
export async function loadListeningPorts(probe: HostProbe): Promise<number[]> {
  const { output } = await probe.ask(['cat', '/proc/net/tcp', '/proc/net/tcp6']);
  return parseListeningPorts(output);
}

/** Lines of /proc/net/tcp, as `0: 00000000:4082 00000000:0000 0A ...`; `0A` is LISTEN (proc(5)). */
export function parseListeningPorts(table: string): number[] {
  const ports = new Set<number>();
  for (const [, port = ''] of table.matchAll(
    /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /gm,
  )) {
    ports.add(Number.parseInt(port, 16));
  }
  return [...ports].toSorted((one, other) => one - other);
}
