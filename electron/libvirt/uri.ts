import { isIPv6 } from 'node:net';

import { BadInputError } from '../common/errors.ts';
import { parseQuery, readParameters, type ConnectParameters, type QueryItem } from './uri-parameters.ts';

export type Transport = 'unix' | 'tls' | 'ssh' | 'ext' | 'tcp';

/** A connect URI taken apart: `driver[+transport]://[user@][server][:port]/[path][?name=value[&...]]`. */
export interface ParsedUri {
  /** As it was given. */
  readonly text: string;
  /** Today's name of the driver. */
  readonly driver: string;
  readonly transport: Transport;
  /** Differs from `transport` for `libssh` and `libssh2`; `undefined` when the URI names none. */
  readonly transportAsWritten: string | undefined;
  readonly user: string | undefined;
  /** Without the brackets of an IPv6 address. `undefined` for `unix`, and for `ext` without one. */
  readonly server: string | undefined;
  /** Only when the URI has one; see `defaultPorts`. */
  readonly port: number | undefined;
  /** Decoded, with its leading slash. */
  readonly path: string;
  /** All parameters, decoded, in order. */
  readonly query: readonly QueryItem[];
  readonly parameters: ConnectParameters;
  /** What the daemon is asked to open: the `name`, or the URI without transport, server, port and parameters. */
  readonly remoteName: string;
  /** Sentences for the admin about what was ignored or reads differently today. */
  readonly warnings: readonly string[];
}

/** What `formatConnectUri` needs. */
export interface UriParts {
  readonly driver: string;
  readonly transport: string;
  readonly user?: string | undefined;
  readonly server?: string | undefined;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: readonly QueryItem[] | undefined;
}

export const defaultPorts = { tls: 16_514, tcp: 16_509, ssh: 22 } as const;

const maxUriLength = 4096;

const drivers = new Set(
  'qemu xen test lxc ch vbox vz parallels openvz bhyve esx gsx vpx hyperv vmwareplayer vmwarews vmwarefusion remote'.split(
    ' ',
  ),
);
/** Spellings of 2007 that the design of the remote client uses. */
const historicDrivers: Readonly<Record<string, string>> = { qemud: 'qemu', xend: 'xen' };
const transports: Readonly<Record<string, Transport>> = {
  unix: 'unix',
  tls: 'tls',
  ssh: 'ssh',
  libssh: 'ssh',
  libssh2: 'ssh',
  ext: 'ext',
  tcp: 'tcp',
};

const shape = /^([A-Za-z][A-Za-z0-9-]*)(?:\+([^:/?#]*))?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/;
const controls = /\p{Cc}/u;

/** @throws {BadInputError} with one sentence that says what is wrong */
export function parseConnectUri(text: string): ParsedUri {
  if (text.length > maxUriLength) throw bad(`The connect URI is longer than ${maxUriLength} characters.`);
  const match = shape.exec(text);
  if (match === null) {
    throw bad(`"${shown(text)}" is not a connect URI; an example is qemu+ssh://root@host/system.`);
  }
  const [, scheme = '', transportText, authority = '', rawPath = '', rawQuery = ''] = match;
  const warnings: string[] = [];
  const driver = readDriver(scheme.toLowerCase(), warnings);
  const transportAsWritten = transportText?.toLowerCase();
  const { user, server: named, port } = readAuthority(authority);
  const transport = readTransport(transportAsWritten, named !== undefined);
  const server = serverFor(transport, named, warnings);
  const path = decode(rawPath);
  const query = parseQuery(rawQuery, decode, warnings);
  const parameters = readParameters(query, transport, warnings);
  if (transport === 'ext' && parameters.command === undefined) {
    throw bad('The transport ext needs the parameter "command", the program that carries the connection.');
  }
  const remoteName = parameters.name ?? (driver === 'remote' ? '' : `${driver}://${encodePath(path)}`);
  return {
    text,
    driver,
    transport,
    transportAsWritten,
    user,
    server,
    port,
    path,
    query,
    parameters,
    remoteName,
    warnings,
  };
}

/** The text of a connect URI; parsing it gives the same parts back. */
export function formatConnectUri(parts: UriParts): string {
  const { driver, transport, user, server, port, path, query = [] } = parts;
  const scheme = transport === 'unix' ? driver : `${driver}+${transport}`;
  const login = user === undefined ? '' : `${encodeURIComponent(user)}@`;
  const host = server === undefined ? '' : server.includes(':') ? `[${server}]` : server;
  const portText = port === undefined ? '' : `:${port}`;
  const items = query.map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const queryText = items.length === 0 ? '' : `?${items.join('&')}`;
  return `${scheme}://${login}${host}${portText}${encodePath(path)}${queryText}`;
}

function bad(message: string): BadInputError {
  return new BadInputError('bad-uri', message);
}

function shown(text: string): string {
  const printable = text.replace(/\p{C}/gu, '?');
  return printable.length > 80 ? `${printable.slice(0, 80)}…` : printable;
}

function decode(text: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(text);
  } catch (error) {
    throw new BadInputError('bad-uri', `"${shown(text)}" has a broken percent escape.`, { cause: error });
  }
  if (controls.test(decoded)) throw bad('A connect URI must not contain control characters.');
  return decoded;
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function readDriver(scheme: string, warnings: string[]): string {
  const today = Object.hasOwn(historicDrivers, scheme) ? historicDrivers[scheme] : undefined;
  if (today !== undefined) {
    warnings.push(`The driver "${scheme}" of 2007 is called "${today}" today.`);
    return today;
  }
  if (drivers.has(scheme)) return scheme;
  throw bad(`The driver "${shown(scheme)}" in the connect URI is unknown; guests of KVM and QEMU use qemu.`);
}

function readTransport(written: string | undefined, hasServer: boolean): Transport {
  if (written === undefined) return hasServer ? 'tls' : 'unix';
  const transport = Object.hasOwn(transports, written) ? transports[written] : undefined;
  if (transport === undefined) {
    throw bad(
      `The transport "${shown(written)}" in the connect URI is unknown; use ssh, tls, tcp, unix or ext.`,
    );
  }
  return transport;
}

function serverFor(transport: Transport, server: string | undefined, warnings: string[]): string | undefined {
  if (transport === 'unix') {
    if (server !== undefined) throw bad('The transport unix is local; a server cannot be named with it.');
    return undefined;
  }
  if (server !== undefined || transport === 'ext') return server;
  warnings.push(`The connect URI names no server for the transport ${transport}; localhost is used.`);
  return 'localhost';
}

function readAuthority(authority: string): {
  user: string | undefined;
  server: string | undefined;
  port: number | undefined;
} {
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : readUser(authority.slice(0, at));
  const place = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/.exec(authority.slice(at + 1));
  if (place === null) throw bad(`"${shown(authority)}" is not a server with an optional port.`);
  const [, hostText = '', portText = ''] = place;
  const server = readServer(hostText);
  if (server === undefined && (user !== undefined || portText !== '')) {
    throw bad('The connect URI has a user or a port but no server.');
  }
  return { user, server, port: readPort(portText) };
}

function readUser(text: string): string {
  if (text.includes(':')) throw bad('A connect URI must not carry a password.');
  const user = decode(text);
  if (user === '' || user.startsWith('-')) throw bad('The user in the connect URI is not a login name.');
  return user;
}

function readServer(text: string): string | undefined {
  if (text === '') return undefined;
  if (text.startsWith('[')) {
    const address = decode(text.slice(1, -1));
    if (!isIPv6(address)) throw bad(`"${shown(address)}" is not an IPv6 address.`);
    return address;
  }
  const name = decode(text);
  if (!/^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})$/.test(name)) {
    throw bad(`"${shown(name)}" is not a host name or address.`);
  }
  return name;
}

function readPort(text: string): number | undefined {
  if (text === '') return undefined;
  const port = Number(text);
  if (port < 1 || port > 65_535) throw bad(`The port ${shown(text)} is not between 1 and 65535.`);
  return port;
}
