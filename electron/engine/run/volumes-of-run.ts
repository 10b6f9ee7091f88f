import { domainStates } from '../../libvirt/index.ts';
import { explain } from '../explain.ts';
import type { Fault } from '../fault.ts';
import type { EndState } from '../state/migration-state.ts';
import type { StorageReport } from '../storage/made-storage.ts';
import { TargetVolumes, type VolumeFate, type VolumesRequest } from '../storage/target-volumes.ts';
import type { StorageHost } from '../storage/storage-host.ts';
import type { MigrationPlan } from '../plan.ts';
import type { MigrationHost } from './migration-link.ts';
import { within } from './within.ts';

interface VolumesRequestOfRun extends Pick<
  VolumesRequest,
  'clock' | 'limits' | 'logger' | 'journal' | 'made'
> {
  plan: MigrationPlan;
  destination: MigrationHost;
  storage: StorageHost;
}

/** The volumes that a run makes on the destination. */
export interface VolumesOfRun {
  /** Before anything else is asked of the hosts. Resolves with why it could not be done; never rejects. */
  make(signal: AbortSignal): Promise<Fault | undefined>;
  /** When the run has ended. Never rejects. `undefined`: nothing was made. */
  conclude(end: EndState): Promise<StorageReport | undefined>;
}

export function volumesOf({
  plan,
  destination,
  storage,
  journal,
  made,
  clock,
  limits,
  logger,
}: VolumesRequestOfRun): VolumesOfRun {
  const guestIsThere = () =>
    within(clock, limits.controlMs, `the guest’s state on ${destination.name}`, async (signal) => {
      const sighting = await (await destination.control(signal)).find(plan.guest.uuid);
      return sighting !== undefined && sighting.state !== domainStates.shutoff;
    });
  const volumes = new TargetVolumes({
    copies: plan.copies,
    host: storage,
    guestIsThere,
    journal,
    made,
    clock,
    limits,
    logger,
  });
  return {
    make: async (signal) => {
      try {
        await volumes.make(signal);
        return undefined;
      } catch (error) {
        return explain(error, 'destination', 'prepare');
      }
    },
    conclude: (end) => volumes.conclude(fateOf(end)),
  };
}

/** Only what the referee says decides, and it removes nothing on a guess. */
function fateOf(end: EndState): VolumeFate {
  switch (end.kind) {
    case 'migrated':
      return 'keep';
    case 'failed':
    case 'cancelled':
      return end.leftover ? 'leave' : 'remove';
    case 'stuck':
      return end.runningOn === 'destination' ? 'keep' : 'leave';
  }
}
