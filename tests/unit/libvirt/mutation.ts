/** Numbers below a bound, the same ones for the same seed. */
export type Random = (bound: number) => number;

/** How many times the ordinary number of mutations to try: a long search is asked for from outside. */
export const effort = Number(process.env['VIADUCT_MUTATION_EFFORT'] ?? 1);

/** The generator known as mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** Values that lengths, counts and numbers change their meaning at. */
const extremes = [
  0, 1, 2, 0x4000, 0xffff, 0x0001_0000, 0x003f_ffff, 0x0040_0001, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

/** A copy with a few of the faults that a broken or hostile peer makes: bytes changed, lost, doubled or added. */
export function mutated(bytes: Uint8Array, random: Random): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let faults = 1 + random(3); faults > 0; faults -= 1) result = withFault(result, random);
  return result;
}

function withFault(bytes: Buffer, random: Random): Buffer {
  const place = random(bytes.length + 1);
  const word = Math.min(place - (place % 4), bytes.length - 4);
  const result = Buffer.from(bytes);
  switch (random(6)) {
    case 0:
      if (place < result.length) result[place] = random(256);
      return result;
    case 1:
      if (place < result.length) result[place] = (result[place] ?? 0) ^ (1 << random(8));
      return result;
    case 2:
      if (word >= 0) result.writeUInt32BE(extremes[random(extremes.length)] ?? 0, word);
      return result;
    case 3:
      return result.subarray(0, place);
    case 4: {
      const end = Math.min(bytes.length, place + 4 * (1 + random(4)));
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(place)]);
    }
    default:
      return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 4 * (1 + random(4)))]);
  }
}
