import { createHash } from 'node:crypto';
import type { Fault, Lasting } from './fault.ts';
import { faults } from './faults.ts';
import { type Control, type Mode, type Moment, moments } from './moments.ts';

/** One fault, at one moment, of one kind of migration. */
export interface FaultCase {
  fault: Fault;
  moment: Moment;
  mode: Mode;
  lasting: Lasting | undefined;
}

const modesOf: Record<Control, readonly Mode[]> = {
  managed: ['native-tls', 'ssh-relay'],
  p2p: ['native-tls', 'tunnelled'],
};

const allCases: readonly FaultCase[] = moments.flatMap((moment) =>
  modesOf[moment.control].flatMap((mode) =>
    faults
      .filter((fault) => fault.applies(moment, mode))
      .flatMap((fault) => (fault.lasts ?? [undefined]).map((lasting) => ({ fault, moment, mode, lasting }))),
  ),
);

export function nameOf({ fault, moment, mode, lasting }: FaultCase): string {
  const how = lasting === undefined ? fault.name : `${fault.name}, ${lasting}`;
  return `${moment.control} ${mode}, ${moment.name}: ${how}`;
}

/** @throws {RangeError} where there is none of that name */
export function caseNamed(name: string): FaultCase {
  const found = allCases.find((each) => nameOf(each) === name);
  if (found === undefined) throw new RangeError(`There is no such fault: ${name}`);
  return found;
}

/**
 * The same cases for the same seed. Moments take turns, so that any part of the list has all of them; no case comes
 * again before every other of its moment has come.
 */
export function draw(
  count: number,
  seed: string,
  which: (fault: FaultCase) => boolean = () => true,
): FaultCase[] {
  const perMoment = moments
    .map((moment) => allCases.filter((each) => each.moment === moment && which(each)))
    .filter((cases) => cases.length > 0);
  return Array.from({ length: count }, (_, index) => {
    const cases = perMoment[index % perMoment.length] ?? [];
    const turn = Math.floor(index / perMoment.length);
    const round = Math.floor(turn / cases.length);
    const drawn = shuffled(cases, `${seed} ${round}`)[turn % cases.length];
    if (drawn === undefined) throw new RangeError('there is no such fault');
    return drawn;
  });
}

/** The cases without those that are among `done`, each as often as it is there. */
export function lacking(cases: readonly FaultCase[], done: readonly { name: string }[]): FaultCase[] {
  const times = new Map<string, number>();
  for (const { name } of done) times.set(name, (times.get(name) ?? 0) + 1);
  return cases.filter((each) => {
    const name = nameOf(each);
    const left = times.get(name) ?? 0;
    times.set(name, left - 1);
    return left <= 0;
  });
}

function shuffled(cases: readonly FaultCase[], seed: string): FaultCase[] {
  const keyOf = (each: FaultCase): string =>
    createHash('sha256')
      .update(`${seed} ${nameOf(each)}`)
      .digest('hex');
  return cases.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}
