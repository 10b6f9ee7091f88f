/** `alpha`, `alpha and beta`, `alpha, beta and gamma`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** For a button: the names, or how many they are where that would be long. */
export function listedShort(names: readonly string[], maxLength = 36): string {
  const whole = listed(names);
  if (names.length > 1 && whole.length > maxLength) return `all ${names.length}`;
  return whole.length > maxLength ? 'this host' : whole;
}
