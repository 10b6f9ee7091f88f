import type { HostFile } from '../../common/host/host-files.ts';
import { iniValue } from '../config/ini-file.ts';
import type { Units } from './units.ts';

export const novaConfPath = '/etc/nova/nova.conf';

/** What OpenStack's compute service says about live migration; its settings come before those of Viaduct. */
export interface OpenStackFacts {
  nativeTls: boolean;
  scheme: string | undefined;
  tunnelled: boolean;
  /** Decides the way by itself, and makes the scheme of no effect. */
  uri: string | undefined;
  /** What has to be restarted for a change to be noticed. */
  service: string;
}

/** `undefined`: this is no compute host of OpenStack. */
export function openStackFacts(nova: HostFile | undefined, units: Units): OpenStackFacts | undefined {
  const service = [units['nova-compute.service'], units['openstack-nova-compute.service']].find(
    ({ exists }) => exists,
  );
  if (nova === undefined) return undefined;
  const text = nova.content.toString('utf8');
  const value = (key: string): string | undefined => iniValue(text, 'libvirt', key);
  const isTrue = (key: string): boolean => /^(true|1|yes|on|t|y)$/i.test(value(key) ?? '');
  return {
    nativeTls: isTrue('live_migration_with_native_tls'),
    scheme: value('live_migration_scheme'),
    tunnelled: isTrue('live_migration_tunnelled'),
    uri: value('live_migration_uri'),
    service: service?.name ?? 'nova-compute.service',
  };
}
