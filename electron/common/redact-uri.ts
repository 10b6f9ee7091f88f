/**
 * Parameters of connect URIs that name files, programs and choices, and never hold what would let anybody in
 * (docs/uri.rst of libvirt). The value of any other one is left out.
 */
const harmless = new Set([
  ...['mode', 'socket', 'auth', 'authfile', 'netcat', 'proxy', 'keyfile', 'no_tty', 'no_verify', 'no_sanity'],
  ...['pkipath', 'tls_priority', 'sshauth', 'known_hosts', 'known_hosts_verify', 'command'],
]);

/** In the place of what is left out. */
const leftOut = '…';

/** A URI as it may be shown and kept: without a password, unknown parameters' values, and what stands behind `#`. */
export function redactUri(uri: string): string {
  const [beforeFragment = ''] = uri.split('#', 1);
  const question = beforeFragment.indexOf('?');
  const place = question < 0 ? beforeFragment : beforeFragment.slice(0, question);
  const query = question < 0 ? '' : `?${redactQuery(beforeFragment.slice(question + 1))}`;
  return redactLogin(place) + query;
}

/** All that `redactUri` leaves out of it, as it is written and as it is meant; for taking it out of other texts. */
export function secretsOf(uri: string): string[] {
  const [beforeFragment = '', ...fragment] = uri.split('#');
  const question = beforeFragment.indexOf('?');
  const place = question < 0 ? beforeFragment : beforeFragment.slice(0, question);
  const parts = question < 0 ? [] : beforeFragment.slice(question + 1).split(/[&;]/);
  const values = parts.filter((part) => !isHarmless(part)).map((part) => part.slice(part.indexOf('=') + 1));
  const written = [passwordOf(place), ...values, fragment.join('#')].filter((text) => text !== undefined);
  return [...new Set(written.flatMap((text) => [text, decoded(text)]))].filter((text) => text !== '');
}

/** Every URI in a text, redacted. */
export function redactUrisIn(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]{1,40}:\/\/[^\s"'“”<>]+/gi, redactUri);
}

/** Up to the last `@`, as the reader of connect URIs takes it: a password may hold one, a host name may not. */
function splitLogin(place: string): { scheme: string; login: string; rest: string } | undefined {
  const start = place.indexOf('://') + 3;
  const at = place.lastIndexOf('@');
  if (start < 3 || at < start) return undefined;
  return { scheme: place.slice(0, start), login: place.slice(start, at), rest: place.slice(at) };
}

function redactLogin(place: string): string {
  const parts = splitLogin(place);
  const colon = parts?.login.indexOf(':') ?? -1;
  if (parts === undefined || colon < 0) return place;
  return `${parts.scheme}${parts.login.slice(0, colon)}:${leftOut}${parts.rest}`;
}

function passwordOf(place: string): string | undefined {
  const login = splitLogin(place)?.login ?? '';
  return login.includes(':') ? login.slice(login.indexOf(':') + 1) : undefined;
}

function redactQuery(query: string): string {
  return query.replace(/[^&;]+/g, (part) => {
    if (isHarmless(part)) return part;
    const equals = part.indexOf('=');
    return equals < 0 ? leftOut : `${part.slice(0, equals)}=${leftOut}`;
  });
}

function isHarmless(part: string): boolean {
  const equals = part.indexOf('=');
  return equals >= 0 && harmless.has(decoded(part.slice(0, equals)).toLowerCase());
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
