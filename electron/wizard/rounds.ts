/** One direction between two. */
export type Pair<T> = readonly [from: T, to: T];

/**
 * Every direction of every pair once, in rounds in which each takes part once at most: what is tried at the same time
 * never meets on a host. The circle method: one stays, the others move on by one place.
 */
export function roundsOf<T>(all: readonly T[]): Pair<T>[][] {
  const places: (T | undefined)[] = all.length % 2 === 0 ? [...all] : [...all, undefined];
  const rounds: Pair<T>[][] = [];
  for (let round = 1; round < places.length; round += 1) {
    const half = places.slice(0, places.length / 2);
    const pairs = half.flatMap((one, at): Pair<T>[] => {
      const other = places[places.length - 1 - at];
      return one === undefined || other === undefined ? [] : [[one, other]];
    });
    rounds.push(
      pairs,
      pairs.map(([from, to]): Pair<T> => [to, from]),
    );
    const [fixed, ...moving] = places;
    places.splice(0, places.length, fixed, ...moving.slice(-1), ...moving.slice(0, -1));
  }
  return rounds;
}
