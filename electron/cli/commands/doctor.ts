import { systemClock } from '../../engine/clock.ts';
import type { ActionKind, Diagnosis, OfferedAction } from '../../engine/doctor/diagnosis.ts';
import { findGuest } from '../../engine/doctor/find-guest.ts';
import { NotOfferedError, treat } from '../../engine/doctor/treat.ts';
import { holdUnfinishedRun } from '../../engine/doctor/unfinished-run.ts';
import { lookAt, memoryAddresses, type Visit } from '../../engine/doctor/visit.ts';
import { JournalError } from '../../engine/journal/journal-error.ts';
import { Journals } from '../../engine/journal/journals.ts';
import { migrationHost } from '../../engine/run/libvirt-link.ts';
import { defaultLimits } from '../../engine/run/limits.ts';
import { ChangedMeanwhileError } from '../../engine/run/recovery-actions.ts';
import type { HostAccess } from '../../hosts/host-access.ts';
import { exitCodes } from '../exit-codes.ts';
import { tellBegun, tellDiagnosis, tellDone, tellFailed, tellRefused } from '../output/doctor-report.ts';
import { isAgreed, type Agreement } from './is-agreed.ts';

export interface DoctorRequest {
  guest: string;
  /** The one of the offered actions that is to be taken. */
  action?: ActionKind | undefined;
  /** Where the memory of a post-copy that is recovered is to go, as `tcp://host`; the destination by its name unless given. */
  migrateUri?: string | undefined;
  json: boolean;
}

export interface DoctorArguments extends DoctorRequest, Agreement {
  home: string;
  source: HostAccess;
  destination: HostAccess;
  /** Leaves off recovering a post-copy. */
  signal: AbortSignal;
}

/** A request once it is known which guest is meant. */
type Consultation = DoctorArguments & Visit & { addresses: ReturnType<typeof memoryAddresses> };

/**
 * Says what the two hosts have of a guest, and takes the one action that was asked for if it is safe.
 *
 * @returns 0 where all is well or the action was done; 3 where it was refused and nothing was touched; 6 where a person has
 * to act or to look
 * @throws {BadInputError} no such guest; a data address that is none
 */
export async function runDoctor(request: DoctorArguments): Promise<number> {
  const { guest, source, destination, home, migrateUri, json } = request;
  const addresses = memoryAddresses({ source, destination }, migrateUri);
  const limits = defaultLimits;
  const found = await findGuest(guest, { source, destination }, systemClock, limits);
  const hosts = { source: migrationHost(source), destination: migrationHost(destination) };
  try {
    const run = await holdUnfinishedRun(new Journals(home), found.uuid);
    try {
      const { past } = run;
      return await visit({ ...request, hosts, clock: systemClock, limits, found, past, addresses });
    } finally {
      await run.release();
    }
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return refused(json, error);
  }
}

async function visit(request: Consultation): Promise<number> {
  const { action, json, found } = request;
  const diagnosis = await lookAndTell(request);
  if (action === undefined) return diagnosis.isHealthy ? exitCodes.done : exitCodes.needsPerson;
  const offered = diagnosis.actions.find((other) => other.action === action);
  if (offered === undefined || found.uuid === undefined)
    return refused(json, new NotOfferedError(action, diagnosis));
  if (!(await isAgreed(`${action} on ${diagnosis.hosts[offered.host].name}?`, request)))
    return refused(json, undefined);
  return take(request, offered, found.uuid);
}

async function take(request: Consultation, { action, host }: OfferedAction, uuid: string): Promise<number> {
  const { json, found, addresses } = request;
  tellBegun(json, { action, host }, request[host].name);
  try {
    await treat({ ...request, guest: found.name, uuid, action, host, migrateUri: addresses });
  } catch (error) {
    if (error instanceof NotOfferedError || error instanceof ChangedMeanwhileError)
      return refused(json, error);
    tellFailed(json, { action, host }, error);
    await lookAndTell(request);
    return exitCodes.needsPerson;
  }
  tellDone(json, { action, host });
  await lookAndTell(request);
  return exitCodes.done;
}

async function lookAndTell(request: Consultation): Promise<Diagnosis> {
  const { found, json } = request;
  const diagnosis = await lookAt(request);
  tellDiagnosis(json, { guest: found.name, uuid: found.uuid ?? '' }, diagnosis);
  return diagnosis;
}

function refused(json: boolean, error: Parameters<typeof tellRefused>[1]): number {
  tellRefused(json, error);
  return exitCodes.refused;
}
