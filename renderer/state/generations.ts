interface Generation {
  generation: number;
}

/** Whether `incoming` is to replace `current`: events and list replies may cross on the way. */
export function isNewer(current: Generation | undefined, incoming: Generation): boolean {
  return current === undefined || incoming.generation > current.generation;
}
