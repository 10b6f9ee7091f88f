import { describe, expect, it } from 'vitest';
import { ActsOfOthers } from '../../../electron/engine/run/acts-of-others.ts';
import type { ControlLink } from '../../../electron/engine/run/migration-link.ts';
import { lifecycleDetails, lifecycleEvents } from '../../../electron/libvirt/index.ts';
import { planFor } from './migration-plan.ts';
import { simulate } from './run-simulation.ts';

/** On the source, if nothing else is said. A number is what a sample finds to be left, in MiB, at 100 MiB/s. */
type Event =
  | readonly [event: number, detail: number]
  | { onDestination: readonly [event: number, detail: number] }
  | 'destination answers'
  | 'restarted'
  | number;
const { stopped, suspended } = lifecycleDetails;
const destroyed = [lifecycleEvents.stopped, stopped.destroyed] as const;
const undefinedNow: Event = [lifecycleEvents.undefined, lifecycleDetails.undefined.removed];
const handedOver: Event = [lifecycleEvents.suspended, suspended.migrated];

const MiB = 2 ** 20;
const none = { totalBytes: 0, processedBytes: 0, remainingBytes: 0, bandwidthBps: 0 };
const left = (mib: number) => ({ ...none, remainingBytes: mib * MiB, bandwidthBps: 100 * MiB });
const memoryOf = (transfer: typeof none) => ({ ...transfer, dirtyRateBps: 0, iteration: 1 });
/** Disks are copied before memory is. */
const leftIn = (part: 'memory' | 'disk', mib: number) =>
  part === 'memory'
    ? { memory: memoryOf(left(mib)), disk: none }
    : { memory: memoryOf(none), disk: left(mib) };

interface Copying {
  isCopying: boolean;
  ours: readonly ('source' | 'destination')[];
  mayStandStill: boolean;
  maxDowntimeMs: number;
  part: 'memory' | 'disk';
}

async function told(
  events: readonly Event[],
  {
    isCopying = true,
    ours = [],
    mayStandStill = false,
    maxDowntimeMs = 300,
    part = 'memory',
  }: Partial<Copying> = {},
): Promise<readonly string[]> {
  let lifecycle: (event: number, detail: number) => void = () => undefined;
  let restarted: () => void = () => undefined;
  let arriving = lifecycle;
  const registration = Promise.resolve({ end: () => undefined });
  const destination = {
    onLifecycle: (_dom, listener) => ((arriving = listener), registration),
  } as Partial<ControlLink> as ControlLink;
  const link = {
    onLifecycle: (_dom, listener) => ((lifecycle = listener), registration),
    onRestarted: (_dom, listener) => ((restarted = listener), registration),
  } as Partial<ControlLink> as ControlLink;
  const heard: string[] = [];
  const plan = planFor();
  const acts = new ActsOfOthers({
    plan,
    isCopying: () => isCopying,
    isOfOurs: (side) => ours.includes(side),
    mayStandStill: () => mayStandStill,
    maxDowntimeMs: () => maxDowntimeMs,
    tell: (sentence) => heard.push(sentence),
  });
  const dom = { name: plan.guest.name, uuid: plan.guest.uuid, id: 1 };
  await acts.listen(link, dom);
  await acts.listenToDestination(destination, dom);
  for (const event of events) {
    if (event === 'restarted') restarted();
    else if (event === 'destination answers') acts.destinationAnswered();
    else if (typeof event === 'number') acts.sampled(leftIn(part, event));
    else if ('onDestination' in event) arriving(...event.onDestination);
    else lifecycle(event[0], event[1]);
  }
  expect(acts.sentences).toEqual(heard);
  return heard;
}

it.each<[string, Event, RegExp]>([
  ['ended', destroyed, /^Somebody ended web01 on alpha\.lab/],
  ['shut down', [lifecycleEvents.stopped, stopped.shutdown], /^web01 shut down on/],
  ['crashed', [lifecycleEvents.stopped, stopped.crashed], /^web01 crashed on/],
  ['undefined', undefinedNow, /^Somebody removed the definition of web01/],
  ['restarted', 'restarted', /^web01 was restarted on/],
])('tells of a guest that is %s', async (_what, event, words) => {
  expect(await told([event])).toEqual([expect.stringMatching(words)]);
});

it.each<[string, Event[]]>([
  ['handed over', [handedOver, [lifecycleEvents.stopped, stopped.migrated]]],
  ['undefined by its daemon, which has handed it over', [handedOver, undefinedNow]],
  ['given up by its daemon', [[lifecycleEvents.stopped, stopped.failed]]],
])('says nothing of one that is %s', async (_what, events) => {
  expect(await told(events)).toEqual([]);
});

it('says nothing of what this program does itself', async () => {
  expect(await told([destroyed, undefinedNow, 'restarted'], { ours: ['source'] })).toEqual([]);
});

it('blames nobody for what the source’s daemon does once all is copied', async () => {
  expect(await told([undefinedNow, 'restarted', destroyed], { isCopying: false })).toEqual([
    expect.stringMatching(/^Somebody ended web01/),
  ]);
});

describe('a copy on the destination', () => {
  it('was ended by somebody when the destination then answers on the connection that held it', async () => {
    const said = [expect.stringMatching(/^Somebody ended the copy of web01 that was arriving on beta\.lab/)];
    expect(await told([{ onDestination: destroyed }, 'destination answers'])).toEqual(said);
    expect(await told(['destination answers', { onDestination: destroyed }])).toEqual(said);
    expect(
      await told(['destination answers', { onDestination: destroyed }], { ours: ['destination'] }),
    ).toEqual([]);
  });

  it.each<[string, Event[]]>([
    ['it is ended, and that connection may be what ended it', [{ onDestination: destroyed }]],
    [
      'its daemon gives it up',
      [{ onDestination: [lifecycleEvents.stopped, stopped.failed] }, 'destination answers'],
    ],
  ])('says nothing when %s', async (_when, events) => {
    expect(await told(events)).toEqual([]);
  });
});

it('tells of an end that is heard of only after the call that it broke', async () => {
  const { result } = await simulate({
    fault: { at: 'perform', kind: 'error' },
    onPhase: ({ phase, state }, hosts) => {
      if (phase === 'perform' && state === 'end') hosts.endByOthers();
    },
  });
  expect(result).toMatchObject({
    ...{ outcome: 'stuck', error: { code: 'engine.stuck.runs-on-neither' } },
    acts: [expect.stringMatching(/^Somebody ended web01 on alpha\.lab/) as string],
  });
});

describe('a guest that stands still', () => {
  const paused = expect.stringMatching(/^Somebody paused web01 on alpha\.lab/) as string;
  const resumed: Event = [lifecycleEvents.resumed, lifecycleDetails.resumed.unpaused];

  it('was paused by somebody when more is left than a switchover leaves, told once', async () => {
    const events = [900, handedOver, 800, 700, 600, 500];
    expect(await told(events)).toEqual([paused]);
    expect(await told(events, { part: 'disk' })).toEqual([paused]);
  });

  it.each<[string, Event[], object?]>([
    ['what is left can be sent within the pause', [200, handedOver, 29, 20, 10, 0]],
    ['much is left and a long pause is allowed', [900, handedOver, 800, 700], { maxDowntimeMs: 5000 }],
    ['it is to stand still', [900, handedOver, 800, 700], { mayStandStill: true }],
    ['only a sample that may be older says so', [900, handedOver, 800, 10, 0]],
    ['it goes on', [900, handedOver, 800, resumed, 700, 600]],
  ])('is handed over for all that is known when %s', async (_when, events, options) => {
    expect(await told(events, options)).toEqual([]);
  });

  it('and is paused again is told again, and so is what happens to its definition', async () => {
    const events = [900, handedOver, 800, 700, undefinedNow, resumed, 650, handedOver, 600, 550];
    expect(await told(events)).toEqual([
      paused,
      expect.stringMatching(/^Somebody removed the definition/),
      paused,
    ]);
  });
});
