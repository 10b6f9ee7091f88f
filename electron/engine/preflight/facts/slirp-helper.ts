import type { HostShell } from '../../../hosts/host-access.ts';
import { runTool, type ToolOptions } from './shell-tools.ts';

/** Whether a process of its own carries a guest's user-mode network on a host, and whether it can hand its state over. */
export type SlirpHelper = 'absent' | 'moves' | 'stays';

/** What libvirt asks the helper as well (`qemuSlirpNewForHelper`, qemu_slirp.c): it prints a JSON object. */
export async function loadSlirpHelper(
  shell: HostShell,
  path: string,
  options: ToolOptions,
): Promise<SlirpHelper> {
  const result = await runTool(shell, [path, '--print-capabilities'], options);
  if (result?.code !== 0) return 'absent';
  return /"features"\s*:\s*\[[^\]]*"migrate"/.test(result.output) ? 'moves' : 'stays';
}
