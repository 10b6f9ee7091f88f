import { domainStates, errorCodes, jobTypes } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import type { MigrationLimits } from '../run/limits.ts';
import { seeBoth } from '../run/look.ts';
import { DaemonError } from '../run/migration-link.ts';
import type { ControlLink, MigrationHost } from '../run/migration-link.ts';
import { within } from '../run/within.ts';
import type { End, Job, Seen } from './diagnosis.ts';

export interface Surroundings {
  hosts: Record<End, MigrationHost>;
  clock: Clock;
  limits: MigrationLimits;
}

/** Looks at both hosts. Touches nothing, and never rejects: a host that cannot be asked is `unreachable`. */
export async function examine(
  { hosts, clock, limits }: Surroundings,
  uuid: string,
): Promise<Record<End, Seen>> {
  // Before the states are: seen without a job, those are what the job left behind.
  const [ofSource, ofDestination] = await Promise.all([jobOn(hosts.source), jobOn(hosts.destination)]);
  const { source, destination } = await seeBoth(hosts, uuid, clock, limits);
  return {
    source: { truth: source, job: ofSource },
    destination: { truth: destination, job: ofDestination },
  };

  async function jobOn(host: MigrationHost): Promise<Job> {
    try {
      return await within(clock, limits.controlMs, `what ${host.name} is at`, async (signal) =>
        askJob(await host.control(signal), uuid),
      );
    } catch {
      return 'unknown';
    }
  }
}

async function askJob(link: ControlLink, uuid: string): Promise<Job> {
  const sighting = await link.find(uuid);
  if (sighting === undefined || sighting.state === domainStates.shutoff) return 'none';
  try {
    const { type } = await link.jobStats(sighting.dom, 0);
    return type === jobTypes.none ? 'none' : 'active';
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    // "migration statistics are available only on the source host" (qemuDomainGetJobStatsInternal).
    if (error.errorCode === errorCodes.operationUnsupported) return 'incoming';
    const hasGone =
      error.errorCode === errorCodes.noDomain || error.errorCode === errorCodes.operationInvalid;
    if (hasGone) return 'none';
    throw error;
  }
}
