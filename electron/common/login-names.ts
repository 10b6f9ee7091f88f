/**
 * Whether a host name or address can be handed to programs, patterns and configuration tokens (`%h` of ssh_config)
 * without being read as an option or as shell text.
 */
export function isPlainHost(host: string): boolean {
  return host.length <= 255 && /^[\p{L}\p{N}_:][\p{L}\p{N}._:%-]*$/u.test(host);
}

/** As `isPlainHost`, for a login name (`%r` of ssh_config). */
export function isPlainUser(user: string): boolean {
  return user.length <= 255 && /^[\p{L}\p{N}_][\p{L}\p{N}._@+\\-]*$/u.test(user);
}
