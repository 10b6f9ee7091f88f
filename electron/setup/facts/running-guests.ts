import { attribute, elements, parseXml } from '../../common/xml.ts';
import {
  domainXml,
  jobStats,
  jobTypes,
  listDomains,
  listDomainsFlags,
  type CallOptions,
  type LibvirtCalls,
} from '../../libvirt/index.ts';

/** Running guests, and those among them that a change of the daemon's settings would touch. */
export interface RunningGuests {
  count: number;
  /** Names of guests with a job under way, as a migration: a restart of the daemon would end it. */
  busy: string[];
  /** Names of guests by the QEMU service that they use encrypted, or that the settings of would change. */
  users: { vnc: string[]; spice: string[]; chardev: string[]; nbd: string[] };
  /** Guests that were not looked at, because there are so many. */
  unseen: number;
}

const maxLookedAt = 200;
const atATime = 4;

export async function loadRunningGuests(client: LibvirtCalls, options: CallOptions): Promise<RunningGuests> {
  const domains = await listDomains(client, listDomainsFlags.active, options);
  const found: RunningGuests = {
    count: domains.length,
    busy: [],
    users: { vnc: [], spice: [], chardev: [], nbd: [] },
    unseen: Math.max(0, domains.length - maxLookedAt),
  };
  const waiting = domains.slice(0, maxLookedAt);
  const look = async (): Promise<void> => {
    for (let dom = waiting.pop(); dom !== undefined; dom = waiting.pop()) {
      const { name } = dom;
      const [{ type }, xml] = await Promise.all([
        jobStats(client, dom, 0, options),
        domainXml(client, dom, 0, options),
      ]);
      if (type === jobTypes.bounded || type === jobTypes.unbounded) found.busy.push(name);
      for (const service of servicesOf(xml)) found.users[service].push(name);
    }
  };
  await Promise.all(Array.from({ length: atATime }, look));
  return found;
}

/** Which of QEMU's network services a guest uses, by its definition. */
export function servicesOf(xml: string): (keyof RunningGuests['users'])[] {
  const domain = parseXml(xml, 'domain');
  const graphics = elements(domain, 'devices/graphics').map((one) => attribute(one, '', 'type'));
  const chardevs = elements(domain, 'devices/*/source');
  const disks = elements(domain, 'devices/disk/source');
  return [
    ...(graphics.includes('vnc') ? (['vnc'] as const) : []),
    ...(graphics.includes('spice') ? (['spice'] as const) : []),
    ...(chardevs.some(
      (source) => attribute(source, '', 'tls') === 'yes' && attribute(source, '', 'protocol') === undefined,
    )
      ? (['chardev'] as const)
      : []),
    ...(disks.some((source) => attribute(source, '', 'protocol') === 'nbd') ? (['nbd'] as const) : []),
  ];
}
