import { isIP } from 'node:net';
import type { HostEntry } from './host-entry.ts';
import type { WizardHostNames, WizardName } from './wizard-snapshot.ts';

type NamesOf = Pick<HostEntry, 'hostId' | 'given' | 'found'>;

/** The names for a host's certificates: those that the admin gave, else those that were found. */
export function wantedNames({ given, found }: Pick<NamesOf, 'given' | 'found'>): readonly string[] {
  return given ?? found?.found.map(({ name }) => name) ?? [];
}

/** As they are shown, each with why it is there or not; `undefined` while nothing is known. */
export function shownNames({ hostId, given, found }: NamesOf): WizardHostNames | undefined {
  if (given === undefined && found === undefined) return undefined;
  const known = found?.found ?? [];
  const leftOut = found?.leftOut ?? [];
  if (given === undefined) return { hostId, names: known, leftOut };
  const names = given.map(
    (name): WizardName =>
      known.find((one) => one.name === name) ?? {
        name,
        kind: isIP(name) === 0 ? 'dns' : 'ip',
        because: 'added by you',
      },
  );
  const takenOut = known
    .filter(({ name }) => !given.includes(name))
    .map(({ name, because }) => ({ name, why: `taken out by you (${because})`, refused: false }));
  return { hostId, names, leftOut: [...takenOut, ...leftOut.filter(({ name }) => !given.includes(name))] };
}
