const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name does not resolve at the moment',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  ETIMEDOUT: 'it does not answer',
};

/** Why a socket could not connect, in words; `undefined` for what the network has no part in. */
export function unreachableBecause(error: Error): string | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return Object.hasOwn(reasons, code) ? reasons[code] : undefined;
}

/** `server:port`, an IPv6 address in brackets. */
export function placeOf(server: string, port: number): string {
  return `${server.includes(':') ? `[${server}]` : server}:${port}`;
}
