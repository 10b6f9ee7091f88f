import { afterEach, describe, expect, it } from 'vitest';
import { GuestFollower } from '../../../electron/hosts/guest-follower.ts';
import { GuestList } from '../../../electron/hosts/guest-list.ts';
import {
  int,
  listDomainsFlags,
  params,
  procedures,
  uint,
  ullong,
  type DomainRef,
} from '../../../electron/libvirt/index.ts';
import { Refusal, type FakeDaemon } from '../../fakes/libvirt-daemon.ts';
import { reconnecting } from '../libvirt/reconnect/many-connections.ts';

const dom: DomainRef = { name: 'web01', uuid: '11111111-2222-3333-4444-555555555555', id: 1 };
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

interface World {
  domains: { dom: DomainRef; state: number; persistent: boolean }[];
  xml: string;
}

function answers(daemon: FakeDaemon, world: World): void {
  const chosen = (flags: number) =>
    world.domains.filter(
      ({ state, persistent }) =>
        ((flags & listDomainsFlags.active) === 0 || state !== 5) &&
        ((flags & listDomainsFlags.inactive) === 0 || state === 5) &&
        ((flags & listDomainsFlags.transient) === 0 || !persistent) &&
        (flags & listDomainsFlags.hasSnapshot) === 0,
    );
  const find = (uuid: string) => {
    const found = world.domains.find(({ dom: { uuid: own } }) => own === uuid);
    if (found === undefined) throw new Refusal({ code: 42, message: 'Domain not found' });
    return found;
  };
  daemon
    .answer(procedures.connectGetAllDomainStats, ({ doms, flags }) => ({
      retStats: (doms.length > 0 ? doms.map(({ uuid }) => find(uuid)) : chosen(flags)).map((found) => ({
        dom: found.dom,
        params: params({
          'state.state': int(found.state),
          'state.reason': int(1),
          'balloon.current': ullong(1_048_576n),
          'vcpu.current': uint(2),
        }),
      })),
    }))
    .answer(procedures.connectListAllDomains, ({ flags }) => {
      const domains = chosen(flags).map((found) => found.dom);
      return { domains, ret: domains.length };
    })
    .answer(procedures.domainIsPersistent, ({ dom: { uuid } }) => ({ persistent: find(uuid).persistent }))
    .answer(procedures.domainListAllSnapshots, ({ dom: { uuid } }) => {
      find(uuid);
      return { snapshots: [], ret: 0 };
    })
    .answer(procedures.domainGetXmlDesc, ({ dom: { uuid } }) => {
      find(uuid);
      return { xml: world.xml };
    });
}

/** A follower that has listed its guests; event ids are in the order of registration: lifecycle 0, balloon 1, ... */
async function follow(world: Partial<World> = {}) {
  const whole: World = {
    domains: [{ dom, state: 1, persistent: true }],
    xml: "<domain><vcpu>2</vcpu><memory unit='GiB'>1</memory></domain>",
    ...world,
  };
  const { client, connection } = reconnecting((daemon) => answers(daemon, whole));
  const guests = new GuestList();
  const watchers = new Set<() => void>();
  const follower = new GuestFollower(client, guests, () => {
    for (const wake of [...watchers]) wake();
  });
  ends.push(async () => {
    await follower.close();
    await client.disconnect();
  });
  await client.connected();
  await follower.list();
  const { daemon } = await connection(0);
  /** Procedures called since the list. */
  const asked = () => daemon.received.slice(listed).map(({ header }) => header.procedure);
  const listed = daemon.received.length;
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise<void>((resolve) => watchers.add(resolve));
  };
  const lifecycle = (event: number, detail: number, of: DomainRef = dom) =>
    daemon.sendEvent('lifecycle', 0, { dom: of, event, detail });
  const guest = () => guests.get(dom.uuid);
  return { world: whole, client, follower, guests, guest, daemon, asked, until, lifecycle };
}

describe('an event of a guest', () => {
  it('that says its state costs no call', async () => {
    const { guest, asked, until, lifecycle } = await follow();
    lifecycle(3, 0);
    await until(() => guest()?.state === 'paused');
    expect(guest()?.stateReason).toBe('paused (by a user)');
    lifecycle(4, 0);
    await until(() => guest()?.state === 'running');
    lifecycle(5, 1);
    await until(() => guest()?.state === 'shut off');
    expect(asked()).toEqual([]);
  });

  it('that says its memory costs no call', async () => {
    const { daemon, guest, asked, until } = await follow();
    daemon.sendEvent('balloonChange', 1, { dom, actual: 524_288n });
    await until(() => guest()?.memoryBytes === 512 * 1024 ** 2);
    expect(asked()).toEqual([]);
  });

  it('that defines or starts it reads this one guest, and no list', async () => {
    const { world, guests, asked, until, lifecycle } = await follow();
    const other: DomainRef = { name: 'new01', uuid: '99999999-2222-3333-4444-555555555555', id: 7 };
    world.domains.push({ dom: other, state: 1, persistent: false });
    lifecycle(2, 0, other);
    await until(() => guests.get(other.uuid) !== undefined);
    expect(guests.get(other.uuid)).toMatchObject({ name: 'new01', state: 'running', persistent: false });
    expect(asked().toSorted()).toEqual(
      [
        procedures.connectGetAllDomainStats.number,
        procedures.domainIsPersistent.number,
        procedures.domainListAllSnapshots.number,
      ].toSorted(),
    );
  });

  it('while it is read is not undone by the older answer: a guest that arrives paused and is resumed', async () => {
    const { world, guests, until, daemon, lifecycle } = await follow();
    const other: DomainRef = { name: 'new01', uuid: '99999999-2222-3333-4444-555555555555', id: 7 };
    world.domains.push({ dom: other, state: 3, persistent: false });
    let reads = 0;
    daemon.answer(procedures.domainIsPersistent, () => {
      // Its state has been answered as paused by now; the event comes before the rest of the answers.
      if (++reads === 1) {
        world.domains = [{ dom: other, state: 1, persistent: false }];
        lifecycle(4, 1, other);
      }
      return { persistent: false };
    });
    lifecycle(2, 1, other);
    await until(() => guests.get(other.uuid) !== undefined);
    expect(guests.get(other.uuid)?.state).toBe('running');
    expect(reads).toBe(2);
  });

  it('that renames it keeps it, under its new name', async () => {
    const { world, guests, guest, until, lifecycle } = await follow();
    const renamed = { ...dom, name: 'web02' };
    world.domains = [{ dom: renamed, state: 1, persistent: true }];
    lifecycle(1, 1);
    lifecycle(0, 2, renamed);
    await until(() => guest()?.name === 'web02');
    expect(guests.snapshot()).toHaveLength(1);
  });

  it('that undefines it lets it go once it does not run', async () => {
    const { guest, until, lifecycle } = await follow();
    lifecycle(1, 0);
    await until(() => guest()?.persistent === false);
    expect(guest()?.state).toBe('running');
    lifecycle(5, 0);
    await until(() => guest() === undefined);
  });

  it('that tells of a guest which is gone by then removes it', async () => {
    const { world, guest, until, lifecycle } = await follow();
    world.domains = [];
    lifecycle(0, 1);
    await until(() => guest() === undefined);
  });

  it('during the list is not undone by an older answer', async () => {
    const { world, client, follower, guest, until, daemon, lifecycle } = await follow();
    daemon.answer(procedures.connectListAllDomains, ({ flags }) => {
      // The lists were made before the event, and arrive after it.
      if ((flags & listDomainsFlags.transient) !== 0) {
        lifecycle(3, 0);
        world.domains = [{ dom, state: 3, persistent: true }];
      }
      return { domains: [], ret: 0 };
    });
    await follower.list();
    await until(() => guest()?.state === 'paused');
    await client.call(procedures.connectGetHostname, {});
    expect(guest()?.state).toBe('paused');
  });
});

describe('what a definition shows', () => {
  it('is read for those that are asked for, once, until an event of their devices', async () => {
    const { world, daemon, follower, guest, asked, until } = await follow();
    expect(guest()?.details).toBe('unread');
    daemon.sendEvent('deviceAdded', 2, { dom, devAlias: 'hostdev0' });
    await Promise.all([follower.describe([dom.uuid]), follower.describe([dom.uuid, 'gone'])]);
    await follower.describe([dom.uuid]);
    expect(guest()).toMatchObject({ details: 'read', obstacles: [] });
    const xmlCalls = () => asked().filter((number) => number === procedures.domainGetXmlDesc.number);
    expect(xmlCalls()).toHaveLength(1);
    world.xml = "<domain><vcpu>2</vcpu><devices><hostdev type='usb'/></devices></domain>";
    daemon.sendEvent('deviceAdded', 2, { dom, devAlias: 'hostdev0' });
    await until(() => guest()?.obstacles.length === 1);
    expect(xmlCalls()).toHaveLength(2);
  });

  it('is no concern of a guest that went away meanwhile', async () => {
    const { world, follower, guest } = await follow();
    world.domains = [];
    await follower.describe([dom.uuid]);
    expect(guest()).toBeUndefined();
  });
});
