import { randomUUID } from 'node:crypto';
import { mustRunOnHost, runOnHost } from './host.ts';
import type { HostLayout } from './layout.ts';

/** How a firewall says no: `drop` lets the caller wait, `reject` tells it at once. */
export type BlockVerdict = 'drop' | 'reject';

/** One TCP port, or a range with both ends in it. */
export type Ports = number | { from: number; to: number };

/**
 * Keeps a host from receiving anything on its own TCP ports, connections that stand included, until disposed of.
 * Blocks do not know of each other: each is a table of its own.
 */
export async function blockPort(
  host: HostLayout,
  ports: Ports,
  verdict: BlockVerdict,
): Promise<AsyncDisposable> {
  const table = `lab_${randomUUID().replaceAll('-', '')}`;
  const range = typeof ports === 'number' ? `${ports}` : `${ports.from}-${ports.to}`;
  const action = verdict === 'drop' ? 'drop' : 'reject with tcp reset';
  const rules = `table inet ${table} {
  chain input {
    type filter hook input priority -10; policy accept;
    tcp dport ${range} ${action}
  }
}
`;
  await mustRunOnHost(host, ['nft', '-f', '-'], { stdin: rules });
  return {
    async [Symbol.asyncDispose]() {
      // A reset in between has removed the table already.
      await runOnHost(host, ['nft', 'delete', 'table', 'inet', table]);
    },
  };
}
