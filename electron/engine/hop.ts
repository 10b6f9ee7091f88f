/** Where it broke: on a host, or on a way between the two. */
export const hops = [
  'source',
  'destination',
  'source to destination, control',
  'source to destination, data',
  'source to destination, memory',
  'source to destination, disks',
] as const;
export type Hop = (typeof hops)[number];
