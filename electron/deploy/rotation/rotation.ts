import { BadInputError } from '../../common/errors.ts';
import type { Authority } from '../../pki/authority.ts';
import type { AuthorityStore, NewAuthority } from '../../pki/authority-store.ts';
import { chooseAuthority } from '../choose-authority.ts';

/** A change of authority: hosts trust both, then get certificates of the successor, then trust it alone. */
export interface Rotation {
  store: AuthorityStore;
  successor: Authority;
  /** The one that the successor takes the place of. */
  replaced: Authority;
  /** Whether the old one is no longer to be trusted, and hosts only have to be told. */
  isRetired: boolean;
}

/**
 * Makes the successor of an authority. No host is touched; until hosts have been told, the old one goes on issuing.
 *
 * @param oldName default: the only one in use.
 * @throws BadInputError as `chooseAuthority` and `AuthorityStore.create`, `rotation-unfinished`; {PkiError} as
 * `AuthorityStore.replace`.
 */
export async function beginRotation(
  store: AuthorityStore,
  oldName: string | undefined,
  successor: Omit<NewAuthority, 'name'> & { name?: string },
): Promise<Rotation> {
  const replaced = await chooseAuthority(store, oldName);
  const [earlier] = replaced.record.overlaps;
  if (earlier !== undefined) {
    throw new BadInputError(
      'rotation-unfinished',
      `The change from ${earlier} to ${replaced.name} is not finished.`,
      { side: 'client', remedy: 'Go on with it by "viaduct pki rotate next", to its end.' },
    );
  }
  return { store, successor: await store.replace(replaced.name, successor), replaced, isRetired: false };
}

/**
 * The change that is under way, or the one that was finished last.
 *
 * @param name of either authority, where there are several changes.
 * @throws BadInputError `rotation-none`, `rotation-ambiguous`; {PkiError} of a damaged authority.
 */
export async function findRotation(store: AuthorityStore, name: string | undefined): Promise<Rotation> {
  const all = await Promise.all((await store.names()).map((one) => store.open(one)));
  const found = all.flatMap((successor): Rotation[] => {
    const { replaces, overlaps } = successor.record;
    const replaced = all.find((one) => one.name === replaces);
    if (replaced === undefined) return [];
    return [{ store, successor, replaced, isRetired: !overlaps.includes(replaced.name) }];
  });
  const meant = name === undefined ? latest(found) : ofName(found, name);
  const [only, ...more] = meant;
  if (only === undefined) {
    throw new BadInputError('rotation-none', 'No change of authority is under way.', {
      side: 'client',
      remedy: 'Begin one with "viaduct pki rotate begin".',
    });
  }
  if (more.length === 0) return only;
  const names = meant.map(({ successor }) => JSON.stringify(successor.name)).join(', ');
  throw new BadInputError('rotation-ambiguous', `There are several changes of authority, to ${names}.`, {
    side: 'client',
    remedy: 'Say which one with --ca.',
  });
}

/** Those under way; where there are none, those that no other followed. */
function latest(rotations: readonly Rotation[]): Rotation[] {
  const underWay = rotations.filter(({ isRetired }) => !isRetired);
  if (underWay.length > 0) return underWay;
  const followed = new Set(rotations.map(({ replaced }) => replaced.name));
  return rotations.filter(({ successor }) => !followed.has(successor.name));
}

function ofName(rotations: readonly Rotation[], name: string): Rotation[] {
  const toIt = rotations.filter(({ successor }) => successor.name === name);
  return toIt.length > 0 ? toIt : rotations.filter(({ replaced }) => replaced.name === name);
}
