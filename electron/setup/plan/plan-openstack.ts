import type { HostFile } from '../../common/host/host-files.ts';
import { novaConfPath } from '../facts/openstack.ts';
import type { HostSetupFacts } from '../inspection.ts';
import { fileChange, newFileModes } from './file-change.ts';
import type { PlanNote, PlannedChange } from './setup-plan.ts';

export interface OpenStackPlan {
  changes: PlannedChange[];
  obstacles: PlanNote[];
  afterwards: string[];
}

/** On a compute host of OpenStack its own service starts the migrations, by its own settings. */
export function planOpenStack(
  { openstack, host }: HostSetupFacts,
  files: ReadonlyMap<string, HostFile>,
): OpenStackPlan {
  const plan: OpenStackPlan = { changes: [], obstacles: [], afterwards: [] };
  if (openstack === undefined) return plan;
  if (openstack.tunnelled) {
    plan.obstacles.push({
      code: 'openstack-tunnelled',
      message: `nova.conf of ${host} has live_migration_tunnelled, which excludes live_migration_with_native_tls.`,
      remedy: `Set live_migration_tunnelled = false in ${novaConfPath} on every compute host first.`,
    });
  }
  if (openstack.uri !== undefined && !openstack.uri.startsWith('qemu+tls:')) {
    plan.obstacles.push({
      code: 'openstack-uri',
      message: `nova.conf of ${host} has a live_migration_uri, which counts more than live_migration_scheme.`,
      remedy: `Remove live_migration_uri from ${novaConfPath}, or let it begin with qemu+tls.`,
    });
  }
  const set = { live_migration_with_native_tls: 'true', live_migration_scheme: 'tls' };
  const wanted = Object.fromEntries(
    Object.entries(set).filter(([key]) =>
      key === 'live_migration_scheme' ? openstack.scheme !== 'tls' : !openstack.nativeTls,
    ),
  );
  if (Object.keys(wanted).length === 0) return plan;
  const words = {
    title: `Let OpenStack migrate over TLS (${novaConfPath})`,
    why: "Its compute service starts migrations by its own settings: QEMU's TLS for the data, TLS between the daemons.",
    needs: `${openstack.service} has to be restarted, which is left to you`,
  };
  const edit = { kind: 'ini' as const, section: 'libvirt', set: wanted };
  const change = fileChange(novaConfPath, files.get(novaConfPath), edit, words, newFileModes.private);
  if (change) {
    plan.changes.push(change);
    plan.afterwards.push(`Restart ${openstack.service} on ${host}; running guests go on.`);
  }
  return plan;
}
