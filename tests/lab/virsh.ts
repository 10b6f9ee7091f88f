import { mustRunOnHost, runOnHost } from './host.ts';
import { commandFailed } from './command.ts';
import { allHosts, type HostLayout, type HostName } from './layout.ts';

/** A domain's state in virsh's words, or `absent` where the host does not know it. */
export type GuestState =
  | 'running'
  | 'idle'
  | 'paused'
  | 'in shutdown'
  | 'shut off'
  | 'crashed'
  | 'pmsuspended'
  | 'no state'
  | 'absent';

const VIRSH = ['virsh', '--quiet', '--connect', 'qemu:///system'];

/** virsh on the host itself: what the tests believe, never our own client. */
export async function virsh(host: HostLayout, args: readonly string[], timeoutMs?: number): Promise<string> {
  return mustRunOnHost(host, [...VIRSH, ...args], timeoutMs === undefined ? {} : { timeoutMs });
}

export async function guestState(host: HostLayout, guest: string): Promise<GuestState> {
  const argv = [...VIRSH, 'domstate', guest];
  const result = await runOnHost(host, argv);
  if (result.exitCode === 0) return result.stdout.trim() as GuestState;
  if (/failed to get domain|Domain not found/.test(result.stderr)) return 'absent';
  throw commandFailed([`${host.fqdn}:`, ...argv], result);
}

/** Asks every host. */
export async function whereRuns(guest: string): Promise<Record<HostName, GuestState>> {
  const answers = await Promise.all(
    allHosts.map(async (host) => [host.name, await guestState(host, guest)] as const),
  );
  return Object.fromEntries(answers) as Record<HostName, GuestState>;
}

export async function listGuests(host: HostLayout): Promise<string[]> {
  const names = await virsh(host, ['list', '--all', '--name']);
  return names.split('\n').filter(Boolean);
}
