import { afterEach, describe, expect, it } from 'vitest';
import { readDetails, readGuest, readInventory } from '../../../electron/hosts/inventory.ts';
import {
  int,
  LibvirtClient,
  listDomainsFlags,
  params,
  procedures,
  uint,
  ullong,
  type DomainRef,
} from '../../../electron/libvirt/index.ts';
import { FakeDaemon, Refusal } from '../../fakes/libvirt-daemon.ts';
import { streamPair } from '../../fakes/stream-pair.ts';

const opened: LibvirtClient[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

function refOf(index: number): DomainRef {
  const uuid = `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`;
  return { name: `guest${index}`, uuid, id: index % 2 === 0 ? index + 1 : -1 };
}

const notSupported = () => {
  throw new Refusal({ code: 3, message: 'not supported by the connection driver' });
};

/** A host of `count` guests: the even ones run, every fifth has snapshots, the one numbered 2 is transient. */
async function host(count: number, script: (daemon: FakeDaemon) => void = () => undefined) {
  const pair = streamPair();
  const daemon = new FakeDaemon(pair.server);
  const all = Array.from({ length: count }, (_, index) => index);
  const isActive = (index: number) => index % 2 === 0;
  const chosen = (flags: number) =>
    all
      .filter((index) => (flags & listDomainsFlags.active) === 0 || isActive(index))
      .filter((index) => (flags & listDomainsFlags.inactive) === 0 || !isActive(index))
      .filter((index) => (flags & listDomainsFlags.running) === 0 || isActive(index))
      .filter((index) => (flags & listDomainsFlags.shutoff) === 0 || !isActive(index))
      .filter((index) => (flags & (listDomainsFlags.paused | listDomainsFlags.other)) === 0 && index >= 0)
      .filter((index) => (flags & listDomainsFlags.transient) === 0 || index === 2)
      .filter((index) => (flags & listDomainsFlags.hasSnapshot) === 0 || index % 5 === 0);
  daemon
    .answer(procedures.connectListAllDomains, ({ flags }) => {
      const domains = chosen(flags).map(refOf);
      return { domains, ret: domains.length };
    })
    .answer(procedures.connectGetAllDomainStats, ({ doms, flags }) => ({
      retStats: (doms.length > 0 ? [0] : chosen(flags)).map((index) => ({
        dom: refOf(index),
        params: params({
          'state.state': int(isActive(index) ? 1 : 5),
          'state.reason': int(1),
          'balloon.current': ullong(2_097_152n),
          'vcpu.current': uint(4),
        }),
      })),
    }))
    .answer(procedures.domainIsPersistent, () => ({ persistent: true }))
    .answer(procedures.domainGetState, () => ({ state: 3, reason: 1 }))
    .answer(procedures.domainListAllSnapshots, () => ({ snapshots: [], ret: 1 }))
    .answer(procedures.domainGetXmlDesc, () => ({
      xml: `<domain><memory unit='GiB'>2</memory><vcpu>4</vcpu><devices><hostdev type='pci'/></devices></domain>`,
    }));
  script(daemon);
  const client = await LibvirtClient.open(pair.client, { name: 'qemu:///system', hostLabel: 'alpha' });
  opened.push(client);
  daemon.received.length = 0;
  return { client, daemon };
}

describe('the inventory of a host', () => {
  it('costs the same number of calls for ten guests and for a thousand', async () => {
    const calls = async (count: number, script?: (daemon: FakeDaemon) => void) => {
      const { client, daemon } = await host(count, script);
      expect(await readInventory(client)).toHaveLength(count);
      return daemon.received.length;
    };
    expect(await calls(10)).toBe(4);
    expect(await calls(1000)).toBe(4);
    const withoutStats = (daemon: FakeDaemon) =>
      void daemon.answer(procedures.connectGetAllDomainStats, notSupported);
    expect(await calls(10, withoutStats)).toBe(12);
    expect(await calls(1000, withoutStats)).toBe(12);
  });

  it('tells of each guest what the lists say, and leaves its definition unread', async () => {
    const { client } = await host(6);
    const guests = (await readInventory(client)).toSorted((a, b) => a.name.localeCompare(b.name));
    expect(guests[2]).toEqual({
      uuid: refOf(2).uuid,
      name: 'guest2',
      state: 'running',
      stateReason: 'running (booted)',
      vcpus: 4,
      memoryBytes: 2 * 1024 ** 3,
      persistent: false,
      details: 'unread',
      disks: [],
      obstacles: [],
    });
    expect(guests.map(({ state }) => state)).toEqual(
      guests.map((_, index) => (index % 2 === 0 ? 'running' : 'shut off')),
    );
    expect(guests[5]?.obstacles).toMatchObject([{ kind: 'snapshot' }]);
    expect(guests.map(({ persistent }) => persistent)).toEqual([true, true, false, true, true, true]);
  });

  it('has the states also of drivers without bulk statistics', async () => {
    const { client } = await host(4, (daemon) =>
      daemon.answer(procedures.connectGetAllDomainStats, notSupported),
    );
    const guests = (await readInventory(client)).toSorted((a, b) => a.name.localeCompare(b.name));
    expect(guests.map(({ state }) => state)).toEqual(['running', 'shut off', 'running', 'shut off']);
  });
});

describe('one guest', () => {
  it('is read by itself, or is gone', async () => {
    const { client } = await host(2);
    expect(await readGuest(client, refOf(0))).toMatchObject({ state: 'running', persistent: true });
    const { client: without } = await host(2, (daemon) =>
      daemon.answer(procedures.domainIsPersistent, () => {
        throw new Refusal({ code: 42, message: 'Domain not found' });
      }),
    );
    expect(await readGuest(without, refOf(0))).toBeUndefined();
  });

  it('is described by its definition, snapshots included', async () => {
    const { client } = await host(2);
    const [guest] = await readInventory(client);
    if (guest === undefined) throw new Error('no guest');
    const described = await readDetails(client, guest);
    expect(described).toMatchObject({ details: 'read', vcpus: 4, memoryBytes: 2 * 1024 ** 3 });
    expect(described?.obstacles.map(({ kind }) => kind)).toEqual(['passthrough', 'snapshot']);
  });

  it('whose definition cannot be read has that as its obstacle', async () => {
    const { client } = await host(2, (daemon) =>
      daemon.answer(procedures.domainGetXmlDesc, () => ({ xml: 'no XML at all' })),
    );
    const [guest] = await readInventory(client);
    if (guest === undefined) throw new Error('no guest');
    const described = await readDetails(client, guest);
    expect(described).toMatchObject({ details: 'read', vcpus: 4 });
    expect(described?.obstacles[0]?.text).toContain('Its definition cannot be read');
  });
});
