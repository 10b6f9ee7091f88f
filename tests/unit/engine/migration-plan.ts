import { defaultPlanOptions } from '../../../electron/engine/plan.ts';
import type { MigrationPlan, PlanOptions } from '../../../electron/engine/plan.ts';
import { guest } from '../../fakes/two-hosts.ts';

/** A plan for the simulated guest, as a review would have made it. */
export function planFor(
  options: Partial<PlanOptions> = {},
  given: Partial<MigrationPlan['guest']> = {},
  copies: MigrationPlan['copies'] = [],
): MigrationPlan {
  return {
    guest: {
      name: guest.name,
      uuid: guest.uuid,
      memoryBytes: 2 ** 30,
      persistent: true,
      disks: [],
      ...given,
    },
    source: { name: 'alpha.lab', connectUri: 'qemu+ssh://root@alpha.lab/system' },
    destination: { name: 'beta.lab', connectUri: 'qemu+ssh://root@beta.lab/system' },
    copies,
    storageProvenShared: false,
    control: options.control === 'p2p' ? 'p2p' : 'managed',
    options: { ...defaultPlanOptions, ...options },
    dconnuri: options.control === 'p2p' ? 'qemu+tls://beta.lab/system' : undefined,
    migrateUri: carriesItself(options) ? 'tcp://beta.lab' : undefined,
    tlsName: options.offline ? undefined : 'beta.lab',
    relay: undefined,
    streams: [],
    changes: [],
  };
}

/** Whether QEMU connects to QEMU. */
function carriesItself({ mode, offline }: Partial<PlanOptions>): boolean {
  return mode !== 'tunnelled' && mode !== 'ssh-relay' && offline !== true;
}
