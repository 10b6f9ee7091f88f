import { printable } from '../../common/printable.ts';
import type { HostProbe } from './host-probe.ts';

export interface SystemFacts {
  /** Tells this installation from another one under the same name. */
  machineId: string;
  distribution: Distribution;
  selinux: 'enforcing' | 'permissive' | 'absent';
  apparmor: boolean;
}

export interface Distribution {
  /** `debian`, `fedora`, ... of os-release(5). */
  id: string;
  /** For people, as `Debian GNU/Linux 12 (bookworm)`. */
  name: string;
}

export async function loadSystem(probe: HostProbe): Promise<SystemFacts> {
  const [release, machineId, enforce, apparmor] = await Promise.all([
    probe.ask(['cat', '/etc/os-release']),
    probe.ask(['cat', '/etc/machine-id']),
    probe.ask(['cat', '/sys/fs/selinux/enforce']),
    probe.ask(['cat', '/sys/module/apparmor/parameters/enabled']),
  ]);
  return {
    machineId: /^[0-9a-f]{32}$/.exec(machineId.output.trim())?.[0] ?? 'unknown',
    distribution: parseOsRelease(release.output),
    selinux: enforce.code !== 0 ? 'absent' : enforce.output.trim() === '1' ? 'enforcing' : 'permissive',
    apparmor: apparmor.output.trim() === 'Y',
  };
}

export function parseOsRelease(text: string): Distribution {
  const value = (key: string): string | undefined => {
    const match = new RegExp(`^${key}=(?:"([^"]*)"|'([^']*)'|(.*))$`, 'm').exec(text);
    return match ? printable(match[1] ?? match[2] ?? match[3] ?? '', 100) : undefined;
  };
  const id = value('ID') ?? 'unknown';
  return { id, name: value('PRETTY_NAME') ?? id };
}
