import {
  describeDomainState,
  domainByName,
  domainByUuid,
  domainState,
  domainStates,
  domainXml,
  domainXmlFlags,
  errorCodes,
  isLibvirtError,
  isNotImplementedByDaemon,
  isPersistent,
  jobOperations,
  jobStats,
  jobTypes,
  pausedReasons,
  procedures,
  runningReasons,
  type CallOptions,
  type DomainRef,
  type LibvirtCalls,
} from '../../../libvirt/index.ts';
import { GuestNotFoundError } from '../errors.ts';
import {
  parseGuestXml,
  parseLayers,
  type DiskFacts,
  type GuestDefinition,
  type LayerFacts,
} from './guest-xml.ts';

/** The guest as the source knows it now. */
export interface GuestFacts extends GuestDefinition {
  dom: DomainRef;
  state: 'running' | 'paused' | 'shut-off' | 'other';
  /** `paused (by a user)`. */
  stateInWords: string;
  /** Paused for a migration, just arriving, or in the middle of post-copy: not anybody's to move now. */
  isHeldByMigration: boolean;
  persistent: boolean;
  snapshots: number;
  /** Points in time of incremental backups. */
  checkpoints: number;
  hasManagedSave: boolean;
  /** The long operation that holds the guest, in words: `backup`. */
  runningJob: string | undefined;
  /** Targets of disks that a block job is working on. */
  disksWithBlockJob: string[];
  /** Bytes that each disk of the guest occupies and shows, by target; absent where the daemon could not say. */
  diskSizes: ReadonlyMap<string, DiskSize>;
  /** The layers below each disk's top layer, from the top down, by target. */
  diskLayers: ReadonlyMap<string, LayerFacts[]>;
}

export interface DiskSize {
  capacityBytes: number;
  physicalBytes: number;
}

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws {GuestNotFoundError} */
export async function loadGuest(
  client: LibvirtCalls,
  nameOrUuid: string,
  host: string,
  options: CallOptions,
): Promise<GuestFacts> {
  const dom = await lookUp(client, nameOrUuid, host, options);
  const [{ state, reason }, persistent, xml, liveXml, snapshots, checkpoints, managedSave, runningJob] =
    await Promise.all([
      domainState(client, dom, options),
      isPersistent(client, dom, options),
      domainXml(client, dom, domainXmlFlags.migratable, options),
      domainXml(client, dom, 0, options),
      client.call(procedures.domainListAllSnapshots, { dom, needResults: 0, flags: 0 }, options),
      countCheckpoints(client, dom, options),
      client.call(procedures.domainHasManagedSaveImage, { dom, flags: 0 }, options),
      findRunningJob(client, dom, options),
    ]);
  const definition = parseGuestXml(xml);
  const active = state === domainStates.running || state === domainStates.paused;
  const disks = definition.disks.filter((disk) => disk.source !== undefined);
  const [disksWithBlockJob, diskSizes] = await Promise.all([
    active ? blockJobs(client, dom, disks, options) : [],
    loadSizes(client, dom, disks, options),
  ]);
  return {
    ...definition,
    dom,
    state: kindOfState(state),
    stateInWords: describeDomainState(state, reason),
    isHeldByMigration: isHeldByMigration(state, reason),
    persistent,
    snapshots: snapshots.ret,
    checkpoints,
    hasManagedSave: managedSave.result === 1,
    runningJob,
    disksWithBlockJob,
    diskSizes,
    diskLayers: parseLayers(liveXml),
  };
}

function kindOfState(state: number): GuestFacts['state'] {
  switch (state) {
    case domainStates.running:
      return 'running';
    case domainStates.paused:
      return 'paused';
    case domainStates.shutoff:
      return 'shut-off';
    default:
      return 'other';
  }
}

function isHeldByMigration(state: number, reason: number): boolean {
  const { postcopy, postcopyFailed } = runningReasons;
  if (state === domainStates.running) return reason === postcopy || reason === postcopyFailed;
  const held: readonly number[] = [
    pausedReasons.startingUp,
    pausedReasons.migration,
    pausedReasons.postcopy,
    pausedReasons.postcopyFailed,
  ];
  return state === domainStates.paused && held.includes(reason);
}

/** `VIR_DOMAIN_CONTROL_JOB`. */
const controlStateJob = 1;

/**
 * A backup holds the guest between the daemon's commands to QEMU as well, and then only its statistics tell of it; a short
 * operation has none, and holds the monitor.
 */
async function findRunningJob(
  client: LibvirtCalls,
  dom: DomainRef,
  options: CallOptions,
): Promise<string | undefined> {
  const [job, control] = await Promise.all([
    jobStats(client, dom, 0, options).catch(notRunning),
    client.call(procedures.domainGetControlInfo, { dom, flags: 0 }, options).catch(notRunning),
  ]);
  if (job !== undefined && (job.type === jobTypes.bounded || job.type === jobTypes.unbounded)) {
    return jobInWords(job.stats.get('operation'));
  }
  return control?.state === controlStateJob ? 'another operation' : undefined;
}

function jobInWords(operation: unknown): string {
  const name = Object.entries(jobOperations).find(([, number]) => number === operation)?.[0] ?? 'unknown';
  if (name === 'unknown') return 'another operation';
  return `a ${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`;
}

/** Daemons before libvirt 5.6 know none. */
async function countCheckpoints(client: LibvirtCalls, dom: DomainRef, options: CallOptions): Promise<number> {
  try {
    const query = { dom, needResults: 0, flags: 0 };
    return (await client.call(procedures.domainListAllCheckpoints, query, options)).ret;
  } catch (error) {
    if (isNotImplementedByDaemon(error)) return 0;
    throw error;
  }
}

async function lookUp(
  client: LibvirtCalls,
  nameOrUuid: string,
  host: string,
  options: CallOptions,
): Promise<DomainRef> {
  try {
    return uuidPattern.test(nameOrUuid)
      ? await domainByUuid(client, nameOrUuid, options)
      : await domainByName(client, nameOrUuid, options);
  } catch (error) {
    if (isLibvirtError(error, errorCodes.noDomain)) throw new GuestNotFoundError(nameOrUuid, host, error);
    throw error;
  }
}

/** A guest that is not running has no monitor to be busy. */
function notRunning(error: unknown): undefined {
  if (!isLibvirtError(error, errorCodes.operationInvalid)) throw error;
  return undefined;
}

async function blockJobs(
  client: LibvirtCalls,
  dom: DomainRef,
  disks: readonly DiskFacts[],
  options: CallOptions,
): Promise<string[]> {
  const jobs = await Promise.all(
    disks.map(({ target }) =>
      client.call(procedures.domainGetBlockJobInfo, { dom, path: target, flags: 0 }, options),
    ),
  );
  return disks.filter((_, index) => jobs[index]?.found === true).map(({ target }) => target);
}

async function loadSizes(
  client: LibvirtCalls,
  dom: DomainRef,
  disks: readonly DiskFacts[],
  options: CallOptions,
): Promise<Map<string, DiskSize>> {
  const sizes = await Promise.all(
    disks.map(async ({ target }): Promise<[string, DiskSize][]> => {
      try {
        const info = await client.call(
          procedures.domainGetBlockInfo,
          { dom, path: target, flags: 0 },
          options,
        );
        return [[target, { capacityBytes: Number(info.capacity), physicalBytes: Number(info.physical) }]];
      } catch (error) {
        // The size is needed for disks that are copied only; there its absence becomes a finding.
        if (isLibvirtError(error)) return [];
        throw error;
      }
    }),
  );
  return new Map(sizes.flat());
}
