import { expect, it } from 'vitest';
import { ActsOfOthers } from '../../../electron/engine/run/acts-of-others.ts';
import type { ControlLink } from '../../../electron/engine/run/migration-link.ts';
import { lifecycleDetails, lifecycleEvents } from '../../../electron/libvirt/index.ts';
import { planFor } from './migration-plan.ts';

type Event = readonly [event: number, detail: number] | 'restarted';
const { stopped, suspended } = lifecycleDetails;
const destroyed: Event = [lifecycleEvents.stopped, stopped.destroyed];
const undefinedNow: Event = [lifecycleEvents.undefined, lifecycleDetails.undefined.removed];
const handedOver: Event = [lifecycleEvents.suspended, suspended.migrated];

async function told(events: readonly Event[], isCopying = true): Promise<readonly string[]> {
  let lifecycle: (event: number, detail: number) => void = () => undefined;
  let restarted: () => void = () => undefined;
  const registration = Promise.resolve({ end: () => undefined });
  const link = {
    onLifecycle: (_dom, listener) => ((lifecycle = listener), registration),
    onRestarted: (_dom, listener) => ((restarted = listener), registration),
  } as Partial<ControlLink> as ControlLink;
  const heard: string[] = [];
  const plan = planFor();
  const acts = new ActsOfOthers(
    plan,
    () => isCopying,
    (sentence) => heard.push(sentence),
  );
  await acts.listen(link, { name: plan.guest.name, uuid: plan.guest.uuid, id: 1 });
  for (const event of events) {
    if (event === 'restarted') restarted();
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

it('says nothing of what happens when nothing is copied', async () => {
  expect(await told([destroyed, undefinedNow, 'restarted'], false)).toEqual([]);
});
