import type { PlannedIdentity } from '../common/host/one-time-identity.ts';
import { chooseControl } from './choose-control.ts';
import type { WaySeen } from './data-connections.ts';
import { diskChanges } from './disk-changes.ts';
import type { MigrationPlan, PlanOptions, PlannedChange } from './plan.ts';
import type { PreflightFacts } from './preflight/preflight-facts.ts';
import { startsByUs } from './run/flags.ts';
import { dataStreams } from './streams.ts';

export interface PlanRequest {
  source: { name: string; connectUri: string };
  destination: { name: string; connectUri: string };
  options: PlanOptions;
  facts: PreflightFacts;
  seen: WaySeen;
}

/** Everything that is decided before anything is touched, from what the preflight learned. Pure. */
export function makePlan({ source, destination, options, facts, seen }: PlanRequest): MigrationPlan {
  const { guest, dataAddress, dataPorts, peer, control, tls, relay } = facts;
  const driver = chooseControl(options, peer);
  const isStartedByUs = startsByUs({ control: driver, options });
  const isStartedByDaemon = driver === 'p2p' && !isStartedByUs && !options.offline;
  const copiedDisks = options.disks === 'none' ? [] : chosenDisks(guest.copyableDisks, options);
  const planned = {
    name: guest.name,
    uuid: guest.uuid,
    memoryBytes: guest.memoryBytes,
    persistent: guest.persistent,
    disks: copiedDisks,
  };
  return {
    guest: planned,
    source: { name: source.name, connectUri: source.connectUri },
    destination: { name: destination.name, connectUri: destination.connectUri },
    copies: guest.copies,
    storageProvenShared: guest.storageProvenShared,
    control: driver,
    options,
    dconnuri: driver === 'p2p' ? peer?.address.dconnuri : undefined,
    migrateUri: dataAddress?.migrateUri,
    tlsName: options.mode === 'native-tls' ? dataAddress?.tlsName : undefined,
    relay: relay && { source: relay.source.owner, destination: relay.destination.owner },
    streams: dataStreams({
      source: { name: source.name, control: control.source },
      destination: { name: destination.name, control: control.destination },
      peer: driver === 'p2p' ? peer : undefined,
      dataAddress,
      dataPorts,
      seen,
      relay,
      tls,
      copiedDisks,
      mode: options.mode,
      offline: options.offline,
      parallel: options.parallel,
      postCopy: options.postCopy,
    }),
    changes: [
      ...(driver === 'p2p' ? identityChanges(peer?.oneTime) : []),
      ...(options.offline ? offlineChanges(planned, options) : plannedChanges(planned, options)),
      ...(isStartedByUs ? [startByUs(options.rename ?? guest.name)] : []),
      ...(isStartedByDaemon ? [startByDaemon(options.rename ?? guest.name)] : []),
      ...diskChanges(planned, guest.copies),
    ],
  };
}

function chosenDisks(copyable: readonly string[], { diskTargets }: PlanOptions): string[] {
  return copyable.filter((target) => diskTargets?.includes(target) ?? true);
}

function identityChanges(identity: PlannedIdentity | undefined): PlannedChange[] {
  if (identity === undefined) return [];
  const { subject, folder, authority, lifeMinutes } = identity;
  const text = `A certificate for this migration alone, ${subject} by ${authority}, good for ${lifeMinutes} minutes, is put into ${folder} and removed at the end.`;
  return [{ side: 'source', text }];
}

function plannedChanges({ name, persistent }: MigrationPlan['guest'], options: PlanOptions): PlannedChange[] {
  const there = options.rename ?? name;
  const changes: PlannedChange[] = [{ side: 'source', text: `${name} stops running here.` }];
  if (persistent) changes.push(definitionOnSource(name, options));
  changes.push({ side: 'destination', text: `${there} runs here.` });
  if (persistent || options.persist) {
    changes.push({ side: 'destination', text: `${there} is defined here, so that it outlives a shutdown.` });
  }
  return changes;
}

function startByUs(name: string): PlannedChange {
  const text = `Viaduct sets ${name} going here once the source has let go of it; without Viaduct it waits, paused.`;
  return { side: 'destination', text };
}

/** What libvirt does then is in its qemuMigrationSrcPerformPeer2Peer3, which calls it "a small chance". */
function startByDaemon(name: string): PlannedChange {
  const text = `The daemon sets ${name} going here without Viaduct; should the two daemons lose each other right then, libvirt may run it on both hosts.`;
  return { side: 'destination', text };
}

function offlineChanges({ name }: MigrationPlan['guest'], options: PlanOptions): PlannedChange[] {
  const there = options.rename ?? name;
  return [
    definitionOnSource(name, options),
    { side: 'destination', text: `${there} is defined here, shut off; nothing starts it.` },
    { side: 'source', text: `The disks of ${name} stay as they are; none is copied.` },
  ];
}

function definitionOnSource(name: string, { keepSourceDefinition }: PlanOptions): PlannedChange {
  const text = keepSourceDefinition
    ? `The definition of ${name} stays, shut off.`
    : `The definition of ${name} is removed.`;
  return { side: 'source', text };
}
