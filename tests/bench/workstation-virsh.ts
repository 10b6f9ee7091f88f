import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { knownHostsFile, stateDir } from '../lab/layout.ts';
import { type CountedResult, countedProcess } from './counted-process.ts';

/**
 * $1 an empty folder, $2 the base file system, $3 the lab's state folder, $4 its known hosts, which the ssh that virsh
 * runs reads in its home only; the rest is what virsh is given. All mounts are in a mount namespace of its own and end
 * with it.
 */
const mountAndBecomeVirsh = `
mount -t tmpfs tmpfs "$1" && mkdir "$1/upper" "$1/work" "$1/root" &&
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/upper,workdir=$1/work" "$1/root" &&
mount -t proc proc "$1/root/proc" && mount --bind /dev "$1/root/dev" &&
mkdir -p "$1/root$3" && mount --bind "$3" "$1/root$3" && cp /etc/hosts "$1/root/etc/hosts" &&
mkdir -p -m 700 "$1/root/root/.ssh" && cp "$4" "$1/root/root/.ssh/known_hosts" &&
root="$1/root" && shift 4 && exec chroot "$root" virsh --quiet --timing "$@"
`;

const timeoutMs = 300_000;

/** libvirt's own client as an admin has it: on the workstation, of the hosts' version, with the lab's keys. */
export async function workstationVirsh(
  baseRoot: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<CountedResult> {
  const dir = await mkdtemp(join(tmpdir(), 'viaduct-bench-'));
  const isolate = ['unshare', '--mount', '--propagation=private'];
  try {
    return await countedProcess(
      [...isolate, 'sh', '-c', mountAndBecomeVirsh, 'sh', dir, baseRoot, stateDir, knownHostsFile, ...args],
      { signal, timeoutMs, env: { HOME: '/root', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } },
    );
  } finally {
    await rm(dir, { recursive: true });
  }
}
