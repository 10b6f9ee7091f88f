import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { markXml, thisProcess } from '../../../electron/rehearsal/mark.ts';
import { inWhole } from '../../../electron/rehearsal/rehearsal-problem.ts';
import type { RehearsalSnapshot } from '../../../electron/rehearsal/rehearsal-snapshot.ts';
import { rehearse } from '../../../electron/rehearsal/rehearse.ts';
import { Refusal } from '../../fakes/libvirt-daemon.ts';
import { VirtualClock } from '../../fakes/virtual-clock.ts';
import type { Offer } from './capabilities.ts';
import { FakeHost } from './fake-host.ts';

const hosts: FakeHost[] = [];
afterEach(() => Promise.all(hosts.splice(0).map((host) => host.close())));

function pair(source: Offer = {}, destination: Offer = {}): { source: FakeHost; destination: FakeHost } {
  const made = {
    source: new FakeHost('alpha.lab', source),
    destination: new FakeHost('beta.lab', { uuid: 'ca8e62bd-76bf-4628-c2d0-3a8f58b1a8c8', ...destination }),
  };
  hosts.push(made.source, made.destination);
  return made;
}

/** Runs to the end, in no time. */
async function ended(
  between: { source: FakeHost; destination: FakeHost },
  changed: (snapshot: RehearsalSnapshot) => void = () => undefined,
  signal?: AbortSignal,
): Promise<RehearsalSnapshot> {
  const clock = new VirtualClock();
  return clock.until(rehearse({ ...between, clock }, { changed }, signal).result);
}

const mark = { process: thisProcess.process, workstation: thisProcess.workstation, begunMs: Date.now() };
const metadata = markXml(mark)
  .replace('viaduct:', '')
  .replace(/ xmlns:viaduct='[^']*'/, '');
const domain = (name: string, more: object = {}) => ({ name, uuid: randomUUID(), id: 3, ...more });

describe('a rehearsal is refused before anything is touched', () => {
  it.each<[string, Offer, string]>([
    ['other processors', { arch: 'aarch64', machines: ['virt-8.2'] }, 'rehearsal.architecture'],
    ['no machine type in common', { machines: ['pc-q35-1.0'] }, 'rehearsal.machine'],
  ])('for %s', async (_what, offer, code) => {
    const between = pair({}, offer);
    const end = await ended(between);
    expect(end).toMatchObject({ outcome: 'refused', problem: { code }, directions: [], leftovers: [] });
    expect(end.sentence).toBe('Nothing was rehearsed, and nothing was touched.');
    expect([...between.source.started, ...between.destination.started]).toEqual([]);
  });
});

describe('what an earlier rehearsal forgot', () => {
  it('is removed from both hosts, and nothing else', async () => {
    const between = pair();
    const others = [
      domain('web01'),
      domain('web02', { metadata }),
      domain('viaduct-rehearsal-00000000'),
      domain('viaduct-rehearsal-11111111', { metadata: '<rehearsal by="somebody else"/>' }),
      domain('viaduct-rehearsal-22222222', { metadata, persistent: true }),
      domain('viaduct-rehearsal-33333333-clone', { metadata }),
    ];
    between.source.domains.push(...others, domain('viaduct-rehearsal-44444444', { metadata }));
    between.destination.domains.push(...others, domain('viaduct-rehearsal-55555555', { metadata }));
    between.source.onStart = () => {
      throw new Refusal({ code: 1, message: 'no more' });
    };
    const said: string[] = [];
    await ended(between, ({ sentence }) => said.push(sentence));
    expect(between.source.destroyed).toEqual(['viaduct-rehearsal-44444444']);
    expect(between.destination.destroyed).toEqual(['viaduct-rehearsal-55555555']);
    expect(between.source.domains).toEqual(others);
    expect(said).toContain(
      'Removing viaduct-rehearsal-44444444 from alpha.lab; an earlier rehearsal left it there.',
    );
  });
});

describe('when it cannot go on', () => {
  it('tells why no guest could be started', async () => {
    const between = pair();
    between.source.onStart = () => {
      throw new Refusal({ code: 1, message: 'qemu has no such board' });
    };
    expect(await ended(between)).toMatchObject({
      outcome: 'failed',
      sentence: 'No guest could be started on alpha.lab; nothing is left.',
      problem: { message: 'qemu has no such board', side: 'source', remedy: expect.any(String) as string },
      leftovers: [],
    });
  });

  it('names the host that cannot be asked', async () => {
    const between = pair();
    between.destination.isLost = true;
    expect(await ended(between)).toMatchObject({
      outcome: 'failed',
      problem: { message: 'beta.lab is out of reach.', side: 'destination' },
      guest: undefined,
    });
  });

  it('removes the guest that was started, when the checks forbid the move', async () => {
    const between = pair();
    const end = await ended(between);
    // These hosts answer next to nothing, which the checks do not take for a yes.
    expect(end).toMatchObject({ outcome: 'refused', directions: [{ way: 'there', outcome: 'refused' }] });
    expect(between.source.started).toHaveLength(1);
    expect(between.source.destroyed).toEqual([end.guest]);
    expect(between.source.domains).toEqual([]);
  });

  it('says where a guest may be left and how to remove it, when the link is lost', async () => {
    const between = pair();
    between.source.onStart = () => between.source.lose();
    const end = await ended(between);
    expect(end).toMatchObject({ outcome: 'failed', problem: { side: 'source' } });
    expect(end.leftovers).toEqual([
      expect.stringMatching(
        /^viaduct-rehearsal-[0-9a-f]{8} may be left on alpha\.lab: .*: virsh --connect 'qemu\+ssh:\/\/root@alpha\.lab\/system\?keyfile=\/k&known_hosts=\/h' destroy viaduct-rehearsal-[0-9a-f]{8}$/,
      ),
    ]);
    expect(end.sentence).toContain('a guest may be left');
  });

  it('removes the guest although it was cancelled while that was being started', async () => {
    const between = pair();
    const stop = new AbortController();
    between.source.onStart = () => stop.abort();
    const end = await ended(between, () => undefined, stop.signal);
    expect(end).toMatchObject({ outcome: 'cancelled', directions: [], leftovers: [] });
    expect(between.source.destroyed).toEqual([end.guest]);
  });
});

it('tells each change, with a percentage that never falls, and ends once', async () => {
  const told: RehearsalSnapshot[] = [];
  const end = await ended(pair(), (snapshot) => told.push(snapshot));
  expect(told[0]).toMatchObject({ state: 'preparing', percent: 0, outcome: undefined });
  expect(told.at(-1)).toBe(end);
  expect(told.filter(({ state }) => state === 'ended')).toHaveLength(1);
  const percents = told.map(({ percent }) => percent);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(percents.at(-1)).toBe(100);
});

it.each(['source', 'destination', 'client'] as const)(
  'a problem on the way back at its %s is told of the right host',
  (side) => {
    const problem = { code: 'c', message: 'm', remedy: 'r', side };
    expect(inWhole(problem, 'there').side).toBe(side);
    const turned = { source: 'destination', destination: 'source', client: 'client' }[side];
    expect(inWhole(problem, 'back').side).toBe(turned);
  },
);
