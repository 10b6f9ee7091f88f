import type { HostName, Lab } from '../lab.ts';

const nodes = '/sys/devices/system/node';

/**
 * Has a host's daemon see other processors than there are, until disposed of. Both hosts of the lab share one kernel, so
 * what it tells of them is covered with files of the same form on one of the two.
 */
export function withOneCpu(lab: Lab, host: HostName): Promise<AsyncDisposable> {
  return cover(lab, host, `${nodes}/node0/cpumap`, ['/run/lab-cpumap', '1']);
}

/** As if its memory were that of node 1, and it had no node 0. */
export async function withOtherNode(lab: Lab, host: HostName): Promise<AsyncDisposable> {
  const copy = '/run/lab-nodes';
  await lab.mustRun(host, ['mkdir', '-p', `${copy}/node1`]);
  for (const file of ['cpumap', 'cpulist', 'distance', 'meminfo']) {
    const text = await lab.mustRun(host, ['cat', `${nodes}/node0/${file}`]);
    const stdin = text.replaceAll('Node 0', 'Node 1');
    await lab.mustRun(host, ['tee', `${copy}/node1/${file}`], { stdin });
  }
  for (const file of ['online', 'possible', 'has_cpu', 'has_memory', 'has_normal_memory'])
    await lab.mustRun(host, ['tee', `${copy}/${file}`], { stdin: '1\n' });
  return cover(lab, host, nodes, [copy]);
}

/** Whether file or folder: `by` names what is put over it, and what a file says. */
async function cover(
  lab: Lab,
  host: HostName,
  path: string,
  [by, text]: readonly [path: string, text?: string],
): Promise<AsyncDisposable> {
  if (text !== undefined) await lab.mustRun(host, ['tee', by], { stdin: `${text}\n` });
  await lab.mustRun(host, ['mount', '--bind', by, path]);
  await lab.mustRun(host, ['systemctl', 'restart', 'libvirtd.service']);
  return {
    async [Symbol.asyncDispose]() {
      await lab.run(host, ['umount', path]);
      await lab.run(host, ['rm', '-rf', by]);
      await lab.mustRun(host, ['systemctl', 'restart', 'libvirtd.service']);
    },
  };
}
