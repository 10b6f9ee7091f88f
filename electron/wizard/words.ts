/** `alpha`, `alpha and beta`, `alpha, beta and gamma`; how many they are where that would be long. */
export function listed(names: readonly string[], many = 'hosts'): string {
  if (names.length > 3) return `${names.length} ${many}`;
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** `1 change`, `3 changes`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
