import { isIP } from 'node:net';
import { parseAhosts } from '../../../setup/peers.ts';
import type { HostShell } from '../../../hosts/host-access.ts';
import { FactUnavailableError } from '../errors.ts';
import { runCommonTool, type ToolOptions } from './shell-tools.ts';

/** A host's clock, read over a link that takes time. */
export interface ClockReading {
  /** Host's clock minus this workstation's, in milliseconds. */
  offsetMs: number;
  /** The offset is right to this much. */
  uncertaintyMs: number;
}

/** Addresses in the order in which the host would try them; empty: the name does not resolve there. */
export interface NameResolution {
  addresses: string[];
}

export interface PortRange {
  min: number;
  max: number;
}

export async function readClock(shell: HostShell, host: string, options: ToolOptions): Promise<ClockReading> {
  const before = Date.now();
  const { output } = await runCommonTool(shell, host, ['date', '+%s.%N'], options);
  const after = Date.now();
  const match = /^(\d{1,11})\.(\d{3})/.exec(output.trim());
  if (match === null) {
    throw new FactUnavailableError(
      'unexpected-answer',
      `${host} did not tell its time.`,
      'Compare the clocks by hand.',
    );
  }
  const hostMs = Number(match[1]) * 1000 + Number(match[2]);
  return { offsetMs: hostMs - (before + after) / 2, uncertaintyMs: (after - before) / 2 };
}

/** Asks the host's own resolver, which is the one that libvirt and QEMU there will ask. */
export async function resolveName(
  shell: HostShell,
  host: string,
  name: string,
  options: ToolOptions,
): Promise<NameResolution> {
  if (isIP(name) !== 0) return { addresses: [name] };
  const { output } = await runCommonTool(shell, host, ['getent', 'ahosts', name], options);
  return { addresses: parseAhosts(output) };
}
