import { printable } from '../../common/printable.ts';
import type { HostProbe } from './host-probe.ts';

/** One systemd unit as `systemctl show` tells of it. */
export interface UnitFacts {
  name: string;
  /** There is such a unit; a masked one does not count. */
  exists: boolean;
  masked: boolean;
  active: boolean;
  /** Starts at boot. */
  enabled: boolean;
  mainPid: number;
  /** Addresses of a socket unit as they really are, drop-ins included. */
  listens: string[];
  /** Drop-ins that change it. */
  dropIns: string[];
}

export const knownUnits = [
  'libvirtd.service',
  'libvirtd.socket',
  'libvirtd-tls.socket',
  'libvirtd-tcp.socket',
  'virtqemud.service',
  'virtqemud.socket',
  'virtproxyd.service',
  'virtproxyd.socket',
  'virtproxyd-tls.socket',
  'virtproxyd-tcp.socket',
  'nova-compute.service',
  'openstack-nova-compute.service',
] as const;
export type KnownUnit = (typeof knownUnits)[number];
export type Units = Readonly<Record<KnownUnit, UnitFacts>>;

const properties = 'Id,LoadState,ActiveState,UnitFileState,MainPID,Listen,DropInPaths';

export async function loadUnits(probe: HostProbe): Promise<Units> {
  const { output } = await probe.ask(['systemctl', 'show', `--property=${properties}`, '--', ...knownUnits]);
  return parseUnits(output);
}

/** Reads the blocks that `systemctl show` prints, one for each unit; an alias comes under the name of its unit. */
export function parseUnits(output: string): Units {
  const blocks = output.split(/\n{2,}/).map((block) => block.trim().split('\n'));
  const isWhole = blocks.length === knownUnits.length;
  const one = (name: KnownUnit, index: number): UnitFacts => {
    const byPlace = isWhole ? blocks[index] : undefined;
    const lines = blocks.find((block) => block.includes(`Id=${name}`)) ?? byPlace ?? [];
    const values = (key: string): string[] =>
      lines
        .filter((line) => line.startsWith(`${key}=`))
        .map((line) => printable(line.slice(key.length + 1), 500));
    const load = values('LoadState')[0];
    return {
      name,
      exists: load === 'loaded',
      masked: load === 'masked',
      active: ['active', 'activating', 'reloading'].includes(values('ActiveState')[0] ?? ''),
      enabled: ['enabled', 'enabled-runtime'].includes(values('UnitFileState')[0] ?? ''),
      mainPid: Number(values('MainPID')[0] ?? 0),
      listens: values('Listen').map((listen) => listen.replace(/ \(.*$/, '')),
      dropIns: (values('DropInPaths')[0] ?? '').split(' ').filter((path) => path !== ''),
    };
  };
  return Object.fromEntries(knownUnits.map((name, index) => [name, one(name, index)])) as Units;
}
