import { nodeCpuTimes, nodeInfo, nodeMemoryKiB, type LibvirtCalls } from '../libvirt/index.ts';
import type { HostLoad } from './snapshots.ts';

interface CpuTimes {
  busyNs: bigint;
  allNs: bigint;
}

async function cpuTimes(client: LibvirtCalls): Promise<CpuTimes> {
  const times = await nodeCpuTimes(client);
  let allNs = 0n;
  for (const time of times.values()) allNs += time;
  return { allNs, busyNs: allNs - (times.get('idle') ?? 0n) - (times.get('iowait') ?? 0n) };
}

/** Reads a host's load; the part of the CPU in use is that since the sample before, so the first has none. */
export class LoadReader {
  #before: CpuTimes | undefined;

  async read(client: LibvirtCalls): Promise<HostLoad> {
    const [node, now, memory] = await Promise.all([
      nodeInfo(client),
      cpuTimes(client),
      nodeMemoryKiB(client),
    ]);
    const kib = (name: string) => memory.get(name) ?? 0n;
    const before = this.#before;
    this.#before = now;
    const allNs = before === undefined ? 0n : now.allNs - before.allNs;
    const cpuUsed =
      before === undefined || allNs <= 0n
        ? undefined
        : Math.min(1, Math.max(0, Number(now.busyNs - before.busyNs) / Number(allNs)));
    return {
      cpus: node.cpus,
      cpuUsed,
      // Node info counts what its NUMA nodes have, which in a container or a cell can be less than the host.
      memoryTotalBytes: Number(memory.get('total') ?? node.memoryKiB) * 1024,
      memoryFreeBytes: Number(kib('free') + kib('buffers') + kib('cached')) * 1024,
    };
  }
}
