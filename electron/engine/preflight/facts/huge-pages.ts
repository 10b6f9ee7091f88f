import type { HostShell } from '../../../hosts/host-access.ts';
import { runCommonTool, type ToolOptions } from './shell-tools.ts';

/** Free huge pages of one size; `bytes` each. */
export interface HugePages {
  count: number;
  bytes: number;
}

/**
 * What the kernel says of its huge pages (`/proc/meminfo` for the default size, `/sys/kernel/mm/hugepages` for a given one;
 * Documentation/admin-guide/mm/hugetlbpage.rst). Those that are promised to somebody are not counted.
 *
 * @param size in bytes, or `default`
 * @returns `undefined`: the host has no pages of that size
 */
export async function loadFreeHugePages(
  shell: HostShell,
  host: string,
  size: string,
  options: ToolOptions,
): Promise<HugePages | undefined> {
  if (size === 'default') {
    const { output } = await runCommonTool(shell, host, ['cat', '/proc/meminfo'], options);
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(output)?.[1] ?? NaN);
    const [total, bytes] = [field('HugePages_Total'), field('Hugepagesize') * 1024];
    const count = field('HugePages_Free') - field('HugePages_Rsvd');
    return total > 0 && bytes > 0 && Number.isFinite(count)
      ? { count: Math.max(0, count), bytes }
      : undefined;
  }
  const folder = `/sys/kernel/mm/hugepages/hugepages-${Number(size) / 1024}kB`;
  const files = ['nr_hugepages', 'free_hugepages', 'resv_hugepages'].map((name) => `${folder}/${name}`);
  const { code, output } = await runCommonTool(shell, host, ['cat', ...files], options);
  const [total = 0, free = 0, promised = 0] = output.trim().split(/\s+/).map(Number);
  return code === 0 && total > 0 ? { count: Math.max(0, free - promised), bytes: Number(size) } : undefined;
}
