import { messageOf } from '../common/errors.ts';
import {
  allDomainStats,
  describeDomainState,
  domainState,
  domainStatsGroups,
  domainXml,
  errorCodes,
  isLibvirtError,
  isPersistent,
  listDomains,
  listDomainsFlags,
  procedures,
  type DomainRef,
  type LibvirtClient,
} from '../libvirt/index.ts';
import { describeGuest, type GuestDescription } from './guest-description.ts';
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

interface Facts {
  dom: DomainRef;
  state: number;
  reason: number;
  persistent: boolean;
  hasSnapshots: boolean;
}

function unreadable(error: unknown): GuestDescription {
  const text = `Its definition cannot be read: ${messageOf(error)}`;
  return { vcpus: 0, memoryBytes: 0, disks: [], obstacles: [{ kind: 'other', text }] };
}

async function snapshot(client: LibvirtClient, facts: Facts): Promise<GuestSnapshot | undefined> {
  const { dom, state, reason, persistent, hasSnapshots } = facts;
  let description: GuestDescription;
  try {
    description = describeGuest(await domainXml(client, dom));
  } catch (error) {
    if (isLibvirtError(error, errorCodes.noDomain)) return undefined;
    if (await isOver(client)) throw error;
    description = unreadable(error);
  }
  const obstacles: GuestObstacle[] = hasSnapshots
    ? [...description.obstacles, { kind: 'snapshot', text: 'Has snapshots, which libvirt cannot move.' }]
    : description.obstacles;
  return {
    uuid: dom.uuid,
    name: dom.name,
    state: stateNames[state] ?? 'unknown',
    stateReason: describeDomainState(state, reason),
    persistent,
    details: 'read',
    ...description,
    obstacles,
  };
}

/** Whether the connection has ended, as opposed to one call having failed. */
function isOver(client: LibvirtClient): Promise<boolean> {
  const open = Promise.resolve(false);
  return Promise.race([client.closed.then(() => true), open]);
}

const uuidsOf = (domains: readonly DomainRef[]) => new Set(domains.map(({ uuid }) => uuid));
const numberOf = (value: unknown) => (typeof value === 'number' ? value : 0);

/** Every guest of the host, sorted by name. */
export async function readInventory(client: LibvirtClient): Promise<GuestSnapshot[]> {
  const [states, persistent, withSnapshots] = await Promise.all([
    allDomainStats(client, domainStatsGroups.state),
    listDomains(client, listDomainsFlags.persistent).then(uuidsOf),
    listDomains(client, listDomainsFlags.hasSnapshot).then(uuidsOf),
  ]);
  const guests = await Promise.all(
    states.map(({ dom, stats }) =>
      snapshot(client, {
        dom,
        state: numberOf(stats.get('state.state')),
        reason: numberOf(stats.get('state.reason')),
        persistent: persistent.has(dom.uuid),
        hasSnapshots: withSnapshots.has(dom.uuid),
      }),
    ),
  );
  return guests.filter((guest) => guest !== undefined).sort((a, b) => a.name.localeCompare(b.name));
}

/** One guest as it is now; `undefined` when the host no longer has it. */
export async function readGuest(client: LibvirtClient, dom: DomainRef): Promise<GuestSnapshot | undefined> {
  try {
    const [{ state, reason }, persistent, { ret }] = await Promise.all([
      domainState(client, dom),
      isPersistent(client, dom),
      client.call(procedures.domainListAllSnapshots, { dom, needResults: 0, flags: 0 }),
    ]);
    return await snapshot(client, { dom, state, reason, persistent, hasSnapshots: ret > 0 });
  } catch (error) {
    if (isLibvirtError(error, errorCodes.noDomain)) return undefined;
    throw error;
  }
}
