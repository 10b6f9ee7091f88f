import { isIPv6 } from 'node:net';

import type { Transport } from './uri-scheme.ts';
import { badUri, decodePart, shown } from './uri-text.ts';

export interface Authority {
  readonly user: string | undefined;
  readonly server: string | undefined;
  readonly port: number | undefined;
}

/** `[user@][server][:port]`. @throws {BadInputError} */
export function readAuthority(authority: string): Authority {
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : readUser(authority.slice(0, at));
  const place = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(authority.slice(at + 1));
  if (place === null) throw badUri(`"${shown(authority)}" is not a server with an optional port.`);
  const [, hostText = '', portText = ''] = place;
  const server = readServer(hostText);
  if (server === undefined && (user !== undefined || portText !== '')) {
    throw badUri('The connect URI has a user or a port but no server.');
  }
  return { user, server, port: readPort(portText) };
}

export function serverFor(
  transport: Transport,
  server: string | undefined,
  warnings: string[],
): string | undefined {
  if (transport === 'unix') {
    if (server !== undefined) throw badUri('The transport unix is local; a server cannot be named with it.');
    return undefined;
  }
  if (server !== undefined || transport === 'ext') return server;
  warnings.push(`The connect URI names no server for the transport ${transport}; localhost is used.`);
  return 'localhost';
}

/** The place of `server` and `port` in a URI: an IPv6 address has brackets, and its zone an escaped `%`. */
export function formatServer(server: string | undefined, port: number | undefined): string {
  const host = server?.includes(':') === true ? `[${server.replace('%', '%25')}]` : (server ?? '');
  return port === undefined ? host : `${host}:${port}`;
}

function readUser(text: string): string {
  if (text.includes(':')) throw badUri('A connect URI must not carry a password.');
  const user = decodePart(text);
  if (user === '' || user.startsWith('-')) throw badUri('The user in the connect URI is not a login name.');
  return user;
}

function readServer(text: string): string | undefined {
  if (text === '') return undefined;
  if (text.startsWith('[')) return readIPv6(text.slice(1, -1));
  const name = decodePart(text);
  if (!/^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})$/.test(name)) {
    throw badUri(`"${shown(name)}" is not a host name or address.`);
  }
  return name;
}

/** An address, perhaps with the zone of a link-local one, as RFC 6874 writes it: `fe80::1%25eth0`. */
function readIPv6(text: string): string {
  const [address = '', zone, ...more] = text.split('%25');
  if (address.includes('%'))
    throw badUri('The zone of an IPv6 address is written %25, as in [fe80::1%25eth0].');
  const zoneFits = zone === undefined || /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/.test(zone);
  if (!isIPv6(address) || !zoneFits || more.length > 0) {
    throw badUri(`"${shown(text)}" is not an IPv6 address.`);
  }
  return zone === undefined ? address : `${address}%${zone}`;
}

function readPort(text: string): number | undefined {
  if (text === '') return undefined;
  const port = Number(text);
  if (port < 1 || port > 65_535) throw badUri(`The port ${shown(text)} is not between 1 and 65535.`);
  return port;
}
