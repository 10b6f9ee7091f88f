import { messageOf } from '../common/errors.ts';
import {
  allDomainStats,
  CallUnansweredError,
  describeDomainState,
  domainStates,
  domainState,
  domainStatsGroups,
  domainXml,
  errorCodes,
  isLibvirtError,
  isNotImplementedByDaemon,
  isPersistent,
  listDomains,
  listDomainsFlags,
  procedures,
  type CallOptions,
  type DomainRef,
  type DomainStats,
  type LibvirtCalls,
} from '../libvirt/index.ts';
import { describeGuest, type GuestDescription } from './guest-description.ts';
import type { StateAndReason } from './lifecycle-state.ts';
import type { GuestObstacle, GuestSnapshot, GuestState } from './snapshots.ts';

const stateNames: readonly GuestState[] = [
  'unknown',
  'running',
  'blocked',
  'paused',
  'shutting down',
  'shut off',
  'crashed',
  'suspended',
];

const hasSnapshots: GuestObstacle = { kind: 'snapshot', text: 'Has snapshots, which libvirt cannot move.' };

/** What is wanted of every guest of a host: nothing for which a guest would have to be asked by itself. */
const groups = domainStatsGroups.state + domainStatsGroups.balloon + domainStatsGroups.vcpu;

/** A guest's state as its snapshot shows it. */
export function shownState({ state, reason }: StateAndReason): Pick<GuestSnapshot, 'state' | 'stateReason'> {
  return { state: stateNames[state] ?? 'unknown', stateReason: describeDomainState(state, reason) };
}

/**
 * Every guest of the host, in no order and without what only its definition shows: in four calls, however many there
 * are (in ten with drivers that have no bulk statistics). The daemon tells of at most 16,384 active and as many inactive ones.
 */
export async function readInventory(client: LibvirtCalls, options?: CallOptions): Promise<GuestSnapshot[]> {
  const [active, inactive, transient, withSnapshots] = await Promise.all([
    readStats(client, listDomainsFlags.active, options),
    readStats(client, listDomainsFlags.inactive, options),
    listDomains(client, listDomainsFlags.transient, options).then(uuidsOf),
    listDomains(client, listDomainsFlags.hasSnapshot, options).then(uuidsOf),
  ]);
  // A guest that stopped between the two answers is in both.
  const records = new Map([...inactive, ...active].map((record) => [record.dom.uuid, record]));
  return [...records.values()].map((record) =>
    snapshotOf(record, !transient.has(record.dom.uuid), withSnapshots.has(record.dom.uuid)),
  );
}

/** One guest as it is now; `undefined` when the host does not have it. */
export async function readGuest(
  client: LibvirtCalls,
  dom: DomainRef,
  options?: CallOptions,
): Promise<GuestSnapshot | undefined> {
  return unlessGone(async () => {
    const [record, persistent, snapshots] = await Promise.all([
      readStatsOf(client, dom, options),
      isPersistent(client, dom, options),
      countSnapshots(client, dom, options),
    ]);
    return record && snapshotOf(record, persistent, snapshots > 0);
  });
}

/**
 * The guest with what its definition says; `undefined` when the host no longer has it. A definition that cannot be
 * understood is an obstacle, because a guest that is not understood is not easily moved.
 */
export async function readDetails(
  client: LibvirtCalls,
  guest: GuestSnapshot,
  options?: CallOptions,
): Promise<GuestSnapshot | undefined> {
  const dom: DomainRef = { uuid: guest.uuid, name: guest.name, id: -1 };
  return unlessGone(async () => {
    const [description, snapshots] = await Promise.all([
      readDescription(client, dom, options),
      countSnapshots(client, dom, options),
    ]);
    const obstacles = [...description.obstacles, ...(snapshots > 0 ? [hasSnapshots] : [])];
    return { ...guest, ...description, details: 'read', obstacles };
  });
}

function snapshotOf({ dom, stats }: DomainStats, persistent: boolean, withSnapshots: boolean): GuestSnapshot {
  return {
    uuid: dom.uuid,
    name: dom.name,
    ...shownState({
      state: numberOf(stats.get('state.state')),
      reason: numberOf(stats.get('state.reason')),
    }),
    vcpus: numberOf(stats.get('vcpu.current')),
    memoryBytes: numberOf(stats.get('balloon.current')) * 1024,
    persistent,
    details: 'unread',
    disks: [],
    obstacles: withSnapshots ? [hasSnapshots] : [],
  };
}

/** Drivers without bulk statistics are asked for their lists by state; what the reason is then stays unknown. */
async function readStats(
  client: LibvirtCalls,
  which: number,
  options: CallOptions | undefined,
): Promise<readonly DomainStats[]> {
  try {
    return await allDomainStats(client, groups, { flags: which }, options);
  } catch (error) {
    if (!isNotImplementedByDaemon(error)) throw error;
  }
  const byState = [
    [listDomainsFlags.running, domainStates.running],
    [listDomainsFlags.paused, domainStates.paused],
    [listDomainsFlags.shutoff, domainStates.shutoff],
    [listDomainsFlags.other, domainStates.noState],
  ] as const;
  const lists = await Promise.all(
    byState.map(async ([flag, state]) =>
      (await listDomains(client, flag + which, options)).map((dom) => ({
        dom,
        stats: new Map([['state.state', state]]),
      })),
    ),
  );
  return lists.flat();
}

async function readStatsOf(
  client: LibvirtCalls,
  dom: DomainRef,
  options: CallOptions | undefined,
): Promise<DomainStats | undefined> {
  try {
    return (await allDomainStats(client, groups, { domains: [dom] }, options))[0];
  } catch (error) {
    if (!isNotImplementedByDaemon(error)) throw error;
  }
  const { state, reason } = await domainState(client, dom, options);
  const stats = new Map([
    ['state.state', state],
    ['state.reason', reason],
  ]);
  return { dom, stats };
}

async function readDescription(
  client: LibvirtCalls,
  dom: DomainRef,
  options: CallOptions | undefined,
): Promise<Pick<GuestDescription, 'disks' | 'obstacles'>> {
  try {
    return describeGuest(await domainXml(client, dom, 0, options));
  } catch (error) {
    if (error instanceof CallUnansweredError || isLibvirtError(error, errorCodes.noDomain)) throw error;
    const text = `Its definition cannot be read: ${messageOf(error)}`;
    return { disks: [], obstacles: [{ kind: 'other', text }] };
  }
}

async function countSnapshots(
  client: LibvirtCalls,
  dom: DomainRef,
  options: CallOptions | undefined,
): Promise<number> {
  try {
    const query = { dom, needResults: 0, flags: 0 };
    return (await client.call(procedures.domainListAllSnapshots, query, options)).ret;
  } catch (error) {
    if (isNotImplementedByDaemon(error)) return 0;
    throw error;
  }
}

async function unlessGone<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isLibvirtError(error, errorCodes.noDomain)) return undefined;
    throw error;
  }
}

const uuidsOf = (domains: readonly DomainRef[]) => new Set(domains.map(({ uuid }) => uuid));

function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : 0;
}
