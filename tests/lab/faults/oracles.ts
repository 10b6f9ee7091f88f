import { type HostName, hosts, type Lab, waitFor } from '../lab.ts';
import { allLines, type GuestLine } from '../serial-log.ts';
import { otherHost } from '../support/guest-proof.ts';
import { leftovers } from '../support/host-fingerprint.ts';
import type { JsonLine } from '../support/viaduct.ts';

/** What must never be, whatever broke. */
export const violations = [
  'split brain',
  'guest lost',
  'wrong verdict',
  'retry failed',
  'memory damaged',
  'definition lost',
  'something left behind',
  'no end',
] as const;
export type Violation = (typeof violations)[number];

/** One of them, and what was seen. */
export interface Seen {
  violation: Violation;
  what: string;
}

export type Leftovers = Record<HostName, string[]>;

const bothNames = Object.keys(hosts) as HostName[];

export async function leftoversOn(lab: Lab): Promise<Leftovers> {
  const [alpha, beta] = await Promise.all([leftovers(lab, 'alpha'), leftovers(lab, 'beta')]);
  return { alpha, beta };
}

/**
 * What the guest itself printed: a number that came on both hosts was counted twice, whatever the daemons say.
 *
 * @param before the newest line when the migration began
 */
export async function countedTwice(guest: string, before: GuestLine): Promise<Seen[]> {
  const [one = [], other = []] = await Promise.all(
    bothNames.map(async (name) =>
      (await allLines(hosts[name], guest))
        .filter(({ boot, counter }) => boot === before.boot && counter > before.counter)
        .map(({ counter }) => counter),
    ),
  );
  const twice = one.filter((counter) => other.includes(counter));
  if (twice.length === 0) return [];
  return [{ violation: 'split brain', what: `the guest counted ${twice.join(', ')} on both hosts` }];
}

/** @param runners the hosts that were seen to run it, in their order */
export function ranAgain(runners: readonly HostName[]): Seen[] {
  if (runners.length <= 2) return [];
  return [{ violation: 'split brain', what: `it ran on ${runners.join(', then ')}` }];
}

/** Where the guest is now, by virsh on both hosts, and what it says of itself. */
export async function goesOn(
  lab: Lab,
  guest: string,
  before: GuestLine,
): Promise<{ on: HostName | undefined; seen: Seen[] }> {
  const states = await lab.whereRuns(guest);
  const runsOn = bothNames.filter((name) => states[name] === 'running');
  const told = bothNames.map((name) => `${name}: ${states[name]}`).join(', ');
  if (runsOn.length > 1) return { on: undefined, seen: [{ violation: 'split brain', what: told }] };
  const [on] = runsOn;
  if (on === undefined) return { on, seen: [{ violation: 'guest lost', what: told }] };
  const other = states[otherHost(on)];
  const seen: Seen[] = [];
  if (other !== 'absent') seen.push({ violation: 'something left behind', what: told });
  if (!/^Persistent: +yes$/m.test(await lab.virsh(on, ['dominfo', guest])))
    seen.push({ violation: 'definition lost', what: `it is not defined on ${on}, where it runs` });
  try {
    await lab.guestGoesOn(on, guest, before);
  } catch (error) {
    seen.push({ violation: 'memory damaged', what: String(error) });
  }
  return { on, seen };
}

/** What was told in the end, against where the guest is. */
export function verdictIsTrue(
  result: JsonLine | undefined,
  from: HostName,
  on: HostName | undefined,
): Seen[] {
  const outcome = result?.['outcome'];
  const runningOn = result?.['runningOn'];
  const truth = on === undefined ? undefined : on === from ? 'source' : 'destination';
  const fits =
    runningOn === truth && (truth === 'destination' ? outcome === 'migrated' : outcome !== 'migrated');
  if (fits && outcome !== 'stuck') return [];
  return [
    {
      violation: 'wrong verdict',
      what: `${String(outcome)}, on ${String(runningOn)}; it is on the ${truth ?? 'neither'}`,
    },
  ];
}

/** A host to which nothing was heard any more clears up by itself, a minute later. */
const clearingMs = 90_000;

/** Folders, sockets and files that were not there before, and stay. */
export async function leftBehind(lab: Lab, before: Leftovers): Promise<Seen[]> {
  let more: string[] = [];
  const nothingMore = async (): Promise<true | undefined> => {
    const now = await leftoversOn(lab);
    more = bothNames.flatMap((name) =>
      now[name].filter((line) => !before[name].includes(line)).map((line) => `${name}: ${line}`),
    );
    return more.length === 0 || undefined;
  };
  try {
    await waitFor('nothing is left', nothingMore, { timeoutMs: clearingMs, intervalMs: 1_000 });
    return [];
  } catch {
    return [{ violation: 'something left behind', what: more.join('; ') }];
  }
}
