import { ViaductError } from '../../common/errors.ts';
import type { Side } from '../../common/errors.ts';
import { domainStates } from '../../libvirt/index.ts';
import type { DomainRef } from '../../libvirt/index.ts';
import type { Clock } from '../clock.ts';
import { explain } from '../explain.ts';
import type { Fault } from '../fault.ts';
import type { MigrationPlan } from '../plan.ts';
import type { Relay } from '../../hosts/relay/open-relay.ts';
import type { MigrationLimits } from './limits.ts';
import type { MigrationHost, MigrationLink } from './migration-link.ts';
import { within } from './within.ts';

/** The run's own connections, and what was asked before its first call. */
export interface OpenRun {
  source: MigrationLink;
  destination: MigrationLink;
  dom: DomainRef;
  changeProtection: boolean;
  guestIsPaused: boolean;
  /** The destination has a definition of the guest already. */
  definedBefore: boolean;
  /** Set where the plan has one; closed with the connections. */
  relay: Relay | undefined;
}

export interface OpenRequest {
  plan: MigrationPlan;
  source: MigrationHost;
  destination: MigrationHost;
  clock: Clock;
  limits: MigrationLimits;
  signal: AbortSignal;
  openRelay: OpenRelay | undefined;
}

/** Opens what carries the guest between the hosts, by this machine. Leaves nothing behind when it rejects. */
export type OpenRelay = (signal: AbortSignal) => Promise<Relay>;

/** Opens both connections and makes sure that the guest is where the plan has it, and only there. Touches nothing. */
export async function openRun(request: OpenRequest): Promise<OpenRun | { fault: Fault }> {
  const opened: MigrationLink[] = [];
  const result = await Promise.all([
    attempt('source', () => connect(request, request.source, opened)),
    attempt('destination', () => connect(request, request.destination, opened)),
  ]).then(async ([source, destination]) => {
    if ('fault' in source) return source;
    if ('fault' in destination) return destination;
    return inspect(request, source.value, destination.value);
  });
  if ('fault' in result) await Promise.all(opened.map((link) => link.close()));
  return result;
}

async function connect(
  { clock, limits, signal }: OpenRequest,
  host: MigrationHost,
  opened: MigrationLink[],
): Promise<MigrationLink> {
  return within(clock, limits.connectMs, `connecting to ${host.name}`, async (late) => {
    const stop = AbortSignal.any([late, signal]);
    const link = await host.connect(stop);
    if (stop.aborted) {
      await link.close();
      throw new ViaductError('engine.stopped', `The connection to ${host.name} is no longer wanted.`);
    }
    opened.push(link);
    return link;
  });
}

async function inspect(
  { plan, clock, limits, openRelay, signal }: OpenRequest,
  source: MigrationLink,
  destination: MigrationLink,
): Promise<OpenRun | { fault: Fault }> {
  const { uuid, name } = plan.guest;
  const { offline } = plan.options;
  const onSource = await attempt('source', () =>
    within(clock, limits.controlMs, 'the guest’s state on the source', async () => {
      const sighting = await source.find(uuid);
      const isShutOff = sighting?.state === domainStates.shutoff;
      if (sighting === undefined || (isShutOff && !offline)) throw notRunning(name);
      if (offline && !isShutOff) throw notShutOff(name);
      const guestIsPaused = sighting.state === domainStates.paused;
      return { dom: sighting.dom, guestIsPaused, changeProtection: await source.hasChangeProtection() };
    }),
  );
  if ('fault' in onSource) return onSource;
  const onDestination = await attempt('destination', () =>
    within(clock, limits.controlMs, 'the guest’s state on the destination', async () => {
      const sighting = await destination.find(uuid);
      if (sighting !== undefined && sighting.state !== domainStates.shutoff) throw alreadyThere(name);
      return { definedBefore: sighting !== undefined };
    }),
  );
  if ('fault' in onDestination) return onDestination;
  const carried = await attempt('client', async () => openRelay?.(signal));
  if ('fault' in carried) return carried;
  return { source, destination, ...onSource.value, ...onDestination.value, relay: carried.value };
}

function notRunning(name: string): ViaductError {
  return new ViaductError('engine.guest-not-running', `${name} does not run on the source.`, {
    remedy: 'Start the guest, or look which host runs it.',
  });
}

/** Between the checks and the move somebody may have started it. */
export function notShutOff(name: string): ViaductError {
  return new ViaductError('engine.guest-not-shut-off', `${name} is no longer shut off.`, {
    remedy: 'Shut it down first, or move it as it runs, without --offline.',
  });
}

function alreadyThere(name: string): ViaductError {
  return new ViaductError(
    'engine.guest-on-destination',
    `The destination already has an active guest with the UUID of ${name}.`,
    { remedy: 'Look on the destination what it is; it may be another migration that is under way.' },
  );
}

async function attempt<T>(side: Side, task: () => Promise<T>): Promise<{ value: T } | { fault: Fault }> {
  try {
    return { value: await task() };
  } catch (error) {
    return { fault: explain(error, side, 'begin') };
  }
}
